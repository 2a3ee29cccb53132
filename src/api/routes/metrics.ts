import { Type } from 'typebox';
import type { Api, ApiPorts } from '../api-ports.js';

export function addMetrics(app: Api, { metrics }: Pick<ApiPorts, 'metrics'>): void {
  const schema = {
    summary: 'Metrics for Prometheus',
    response: { 200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: Type.String() } } } },
  };
  // Counted by the rate limit on their own: what else an address asks for must not hide how the daemon does.
  const config = { rateLimit: {} };
  // However many ask at a time, the text is made once.
  let shared: Promise<string> | null = null;
  const text = (): Promise<string> => (shared ??= metrics.metrics().finally(() => (shared = null)));
  app.get('/metrics', { schema, config }, async (_request, reply) => reply.type(metrics.contentType).send(await text()));
}
