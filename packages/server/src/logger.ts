import pino, { type Logger } from 'pino';

/** JSON lines, or readable ones on a terminal. Known places of secrets are redacted should one ever be logged. */
export function createLogger(level: string, name: string): Logger {
  return pino({
    level,
    base: { name },
    redact: {
      paths: ['token', '*.token', 'authorization', '*.authorization', 'headers', '*.headers', 'api_key', '*.api_key', 'secret', '*.secret'],
      censor: '[redacted]',
    },
    ...(process.stdout.isTTY
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }
      : { timestamp: pino.stdTimeFunctions.isoTime }),
  });
}
