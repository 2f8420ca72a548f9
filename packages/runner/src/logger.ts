import { type Logger, pino } from 'pino';

/** JSON lines, or readable ones on a terminal. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: { name: 'runner' },
    ...(process.stdout.isTTY
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }
      : { timestamp: pino.stdTimeFunctions.isoTime }),
  });
}
