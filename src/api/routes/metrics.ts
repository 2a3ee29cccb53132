import { Type } from 'typebox';
import type { Api, ApiPorts } from '../api-ports.js';

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
