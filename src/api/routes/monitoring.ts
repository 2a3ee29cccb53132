import { type Registry, Histogram } from 'prom-client';
import { Type } from 'typebox';
import type { Api, ApiPorts } from '../api-ports.js';
import { jsonResponses, ErrorBody } from '../schemas/common.js';

/** Measures each request by route, never by URL: a label that a client can choose grows without bound. */
export function addRequestMetrics(app: Api, registry: Registry): void {
  const seconds = new Histogram({
    name: 'serac_api_request_seconds',
    help: 'Time from the request to the end of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
}

export function addMetrics(app: Api, { metrics }: Pick<ApiPorts, 'metrics'>): void {
  const schema = {
    summary: 'Metrics for Prometheus',
    response: { 200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: Type.String() } } } },
  };
  // A rate limit of its own: other requests of an address must not block monitoring.
  const config = { rateLimit: {} };
  // Concurrent requests share one text.
  let shared: Promise<string> | null = null;
  const text = (): Promise<string> => (shared ??= metrics.metrics().finally(() => (shared = null)));
  app.get('/metrics', { schema, config }, async (_request, reply) => reply.type(metrics.contentType).send(await text()));
}

const Live = Type.Object({ status: Type.Literal('live') });
const Readiness = Type.Object({
  status: Type.Enum(['ready', 'unready']),
  parts: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.String() })),
});

/** Probes are exempt from the rate limit: a busy daemon is not unhealthy. */
const config = { rateLimit: false as const };

export function addHealth(app: Api, { health }: Pick<ApiPorts, 'health'>): void {
  const liveSchema = { summary: 'Liveness: the daemon answers', response: jsonResponses(Live) };
  app.get('/health/live', { config, schema: liveSchema }, () => ({ status: 'live' as const }));

  const readySchema = {
    summary: 'Readiness of each part of the daemon',
    response: { 200: Readiness, 503: Readiness, '4xx': ErrorBody, '5xx': ErrorBody },
  };
  app.get('/health/ready', { config, schema: readySchema }, (_request, reply) => {
    const parts = health.parts().map((part) => ({ ...part }));
    const isReady = parts.every(({ ok }) => ok);
    reply.code(isReady ? 200 : 503);
    return { status: isReady ? ('ready' as const) : ('unready' as const), parts };
  });
}
