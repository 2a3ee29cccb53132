import rateLimit from '@fastify/rate-limit';
import { SeracError } from '../../errors.js';
import type { ApiConfig } from '../api-config.js';
import type { Api } from '../api-ports.js';
import { ApiError } from '../errors/api-errors.js';
import { isLoopbackAddress } from './loopback.js';

/** Limits requests per address and minute. Registered before the routes, which it hooks into one by one. */
export async function addRateLimit(app: Api, config: Pick<ApiConfig, 'rateLimits' | 'maxCountedAddresses'>): Promise<void> {
  const { loopbackPerMinute, remotePerMinute } = config.rateLimits;
  await app.register(rateLimit, {
    timeWindow: 60_000,
    max: (request) => (isLoopbackAddress(request.ip) ? loopbackPerMinute : remotePerMinute),
    cache: config.maxCountedAddresses,
    errorResponseBuilder: (_request, { max, ttl, statusCode }) =>
      new ApiError('overloaded', `More than ${max} requests in a minute: try again in ${Math.ceil(ttl / 1_000)} s.`, {
        retryable: true,
        status: statusCode,
      }),
  });
}

/** Refuses overlong URLs, and, while the daemon stops, further requests on open connections. */
export function addLimits(app: Api, maxUrlBytes: number): void {
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onRequest', async (request) => {
    if (stopping) throw new SeracError('stopping', 'The daemon is stopping.', { retryable: true });
    if (request.url.length > maxUrlBytes) {
      throw new ApiError('input.invalid', `The URL is longer than ${maxUrlBytes} bytes.`, { status: 414 });
    }
    return Promise.resolve();
  });
}
