import { readConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { startServer } from './server.ts';

const config = readConfig(process.env);
const log = createLogger(config.logLevel, 'server');
const server = await startServer(config, log);
process.send?.({ type: 'listening', url: server.url, signInLink: await server.signInLink() });

let stopping = false;
async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ why }, 'draining');
  // The last resort: whatever hangs, the process ends within the promised 10 seconds.
  setTimeout(() => process.exit(1), 9000).unref();
  await server[Symbol.asyncDispose]();
  if (process.connected) process.disconnect();
}

process.once('SIGTERM', () => void stop('SIGTERM'));
process.once('SIGINT', () => void stop('SIGINT'));
// Without the launcher nobody would restart or end this process.
process.once('disconnect', () => void stop('the launcher is gone'));
