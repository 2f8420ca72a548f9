import { flushCompileCache } from 'node:module';
import { readConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { Runner } from './runner.ts';

const SHUTDOWN_MS = 9000;

try {
  const config = readConfig();
  const log = createLogger(config.logLevel);
  const runner = await Runner.start(config, log);
  process.send?.({ type: 'ready' });
  // One that is killed later leaves its successor a faster start all the same.
  flushCompileCache();
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'runner stops');
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    void runner[Symbol.asyncDispose]().then(() => process.connected && process.disconnect());
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  // Started by the launcher: without it nobody would ever end this process.
  process.once('disconnect', () => stop('parent gone'));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
