import { flushCompileCache } from 'node:module';
import { readConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { startServer } from './server.ts';

const config = readConfig(process.env);
const log = createLogger(config.logLevel, 'server');
const server = await startServer(config, log);
process.send?.({ type: 'listening', url: server.url, signInLink: await server.signInLink() });
// One that is killed later leaves its successor a faster start all the same.
flushCompileCache();

let stopping = false;
async function stop(why: string, patienceMs = 9000): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ why }, 'draining');
  // The last resort: whatever hangs, the process ends within the promised 10 seconds.
  setTimeout(() => process.exit(1), patienceMs).unref();
  await server[Symbol.asyncDispose]();
  if (process.connected) process.disconnect();
}

void server.broken.then((error) => {
  log.fatal({ err: error }, 'the database is gone; this process ends so that another can be started');
  process.exitCode = 1;
  // Viewers are told 1012; nothing else can be saved.
  return stop('the database is gone', 2000);
});
process.once('SIGTERM', () => void stop('SIGTERM'));
process.once('SIGINT', () => void stop('SIGINT'));
// Without the launcher nobody would restart or end this process.
process.once('disconnect', () => void stop('the launcher is gone'));
