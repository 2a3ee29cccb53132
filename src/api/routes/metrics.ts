import { Type } from 'typebox';
import type { Api } from '../api.js';
import type { ApiPorts } from '../api-ports.js';

export function addMetrics(app: Api, { metrics }: Pick<ApiPorts, 'metrics'>): void {
  const schema = {
    summary: 'Metrics for Prometheus',
    response: { 200: { description: 'The text format of Prometheus.', content: { 'text/plain': { schema: Type.String() } } } },
  };
  app.get('/metrics', { schema }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
}
