import swagger from '@fastify/swagger';
import { Type } from 'typebox';
import { formatUs } from '../../codec/json/time.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { jsonResponses } from '../schemas/common.js';

const Root = Type.Object({
  name: Type.Literal('serac'),
  version: Type.String(),
  time: Type.String({ description: "The daemon's clock." }),
  links: Type.Record(Type.String(), Type.String()),
});

const LINKS = {
  candles: '/v1/candles?market=binance:BTC-USDT&interval=1m',
  trades: '/v1/trades?market=binance:BTC-USDT',
  feeds: '/v1/feeds',
  sinks: '/v1/sinks',
  gaps: '/v1/gaps',
  symbols: '/v1/symbols',
  live: '/health/live',
  ready: '/health/ready',
  metrics: '/metrics',
  openapi: '/openapi.json',
};

/** Entry point for clients that know only the port. */
export function addRoot(app: Api, { clock, version }: Pick<ApiPorts, 'clock' | 'version'>): void {
  app.get('/', { schema: { summary: 'Version, clock and links', response: jsonResponses(Root) } }, () => ({
    name: 'serac' as const,
    version,
    time: String(formatUs(clock.nowUs(), 6, 'rfc3339')),
    links: LINKS,
  }));
}

/** Describes the routes that are added after it, from their schemas. */
export async function addOpenapi(app: Api, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Serac',
        description: 'Records trades from exchanges and serves exact candles.',
        version,
        license: { name: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'Required for control, and for requests that do not come from loopback.' },
        },
      },
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
