import { Type } from 'typebox';
import type { Api, ApiPorts } from '../api-ports.js';
import { ErrorBody, jsonResponses } from '../schemas/common.js';

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
