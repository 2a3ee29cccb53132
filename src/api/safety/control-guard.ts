import type { FastifyRequest } from 'fastify';
import { SeracError } from '../../errors.js';
import type { ApiKeys } from './api-keys.js';

/** A preHandler for routes that change something: they need a key, on loopback too. */
export function controlGuard(keys: ApiKeys): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    if (keys.none)
      throw new SeracError('forbidden', 'Control needs a key, and this daemon has none: add one to the API keys in its configuration.');
    if (!keys.accepts(request.headers.authorization)) {
      throw new SeracError('unauthorised', 'Control needs the header "Authorization: Bearer KEY" with a key of this daemon.');
    }
    return Promise.resolve();
  };
}
