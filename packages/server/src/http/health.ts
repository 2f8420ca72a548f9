import { ApiError, type ErrorDetail } from '@ai-sessions/protocol';
import type { FastifyInstance } from 'fastify';
import type { AppContext } from '../context.ts';

const timeoutMs = 2000;

/** GET /healthz: the process answers. GET /readyz: all that it depends on answers too, else 503 with what does not. */
export function mountHealth(app: FastifyInstance, ctx: AppContext): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    const failed = await unready(ctx);
    if (failed.length === 0) return { status: 'ready' };
    throw new ApiError('unavailable', `Not ready: ${failed.map(({ path }) => path).join(', ')}.`, {
      details: failed,
      retryAfterSeconds: 2,
    });
  });
}

async function unready(ctx: AppContext): Promise<ErrorDetail[]> {
  const [store, bus] = await Promise.all([answers(() => ctx.store.ping()), answers(() => ctx.bus.ping())]);
  return [
    ...(store ? [] : [{ path: 'store', message: 'The database does not answer.' }]),
    ...(bus ? [] : [{ path: 'bus', message: 'The message bus does not answer.' }]),
    ...(ctx.dispatcher.available() ? [] : [{ path: 'runner', message: 'No runner is connected that takes sessions.' }]),
    ...(ctx.shutdown.aborted ? [{ path: 'server', message: 'The server is shutting down.' }] : []),
  ];
}

async function answers(ping: () => Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, timeoutMs, false);
  try {
    return await Promise.race([late, ping().then(() => true)]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
