import { parentPort } from 'node:worker_threads';

/** A writer thread that dies of its first call. */
parentPort?.on('message', () => {
  throw new Error('out of memory');
});
