import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { AppContext } from '../context.ts';

// Its observers live as long as the process, so there is one for all apps of the process.
const ofProcess = new Registry();
collectDefaultMetrics({ register: ofProcess });

/**
 * Measures requests by route pattern, never by address, and answers GET /metrics in Prometheus' text form.
 * `further` are registries of other parts of the server. No label holds a user's data.
 */
export function mountMetrics(app: FastifyInstance, ctx: AppContext, further: readonly Registry[]): void {
  const own = new Registry();
  const durations = new Histogram({
    name: 'ai_sessions_http_request_duration_seconds',
    help: 'Time from a request’s head to the end of its reply',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [own],
  });
  liveSessions(own, ctx);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    durations.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (_request, reply) => {
    const registry = Registry.merge([ofProcess, own, ...further]);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

function liveSessions(registry: Registry, ctx: AppContext): void {
  const gauge: Gauge = new Gauge({
    name: 'ai_sessions_live_sessions',
    help: 'Sessions that are pending or running',
    registers: [registry],
    async collect() {
      // Without the store the other figures are wanted all the more.
      const live = await ctx.store.sessions.live({}).catch(() => null);
      if (live === null) gauge.reset();
      else gauge.set(live.length);
    },
  });
}
