import { createHash } from 'node:crypto';
import { type Server, createServer } from 'node:net';

/**
 * Makes sure that one system runs on a data directory: two would fight over its sessions. The lock is an abstract
 * socket, which the kernel takes back however this process ends. Elsewhere than on Linux there is no lock.
 * @throws Error when another process holds it.
 */
export async function lockDataDir(dataDir: string): Promise<Disposable> {
  if (process.platform !== 'linux') return { [Symbol.dispose]: () => {} };
  const server: Server = createServer((socket) => socket.destroy());
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 32);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`\0ai-sessions-${name}`, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Error(`ai-sessions already runs on ${dataDir}. Stop it first, or set AI_SESSIONS_DATA_DIR to another folder.`);
    throw error;
  });
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}
