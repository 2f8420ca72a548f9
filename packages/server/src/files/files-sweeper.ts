import type { Logger } from 'pino';
import type { Files } from './files.ts';

const sweepMs = 3600 * 1000;

/** Forgets expired uploads and downloads, now and every hour. */
export function startFilesSweeper(options: { readonly files: Pick<Files, 'sweep'>; readonly log: Logger }): AsyncDisposable {
  const { files, log } = options;
  let running: Promise<void> | null = null;
  const sweep = () => {
    running ??= files
      .sweep()
      .catch((error: unknown) => log.error({ err: error }, 'expired files could not be swept'))
      .finally(() => (running = null));
  };
  const timer = setInterval(sweep, sweepMs);
  sweep();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
