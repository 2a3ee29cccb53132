import rateLimit from '@fastify/rate-limit';
import type { Api } from '../api.js';
import type { ApiConfig } from '../api-config.js';
import { ApiError } from '../errors/api-errors.js';
import { isLoopbackAddress } from './loopback.js';

/** Counts requests per address and minute. Registered before the routes, which it joins one by one. */
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
