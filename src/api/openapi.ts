import swagger from '@fastify/swagger';
import type { Api } from './api-ports.js';

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
