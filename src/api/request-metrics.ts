import { Histogram, type Registry } from 'prom-client';
import type { Api } from './api-ports.js';

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
