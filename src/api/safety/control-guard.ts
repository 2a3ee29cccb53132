import type { FastifyRequest } from 'fastify';
import { SeracError } from '../../errors.js';
import type { ApiKeys } from './keys.js';
import { isLocalRequest } from './is-local-request.js';

/** A preParsing hook for routes that change something. */
export type ControlGuard = (request: FastifyRequest) => Promise<undefined>;

/**
 * Control needs a key, on loopback too: any program and any page of this machine can send requests there. Requests that were made on
 * this machine may bring the control token of the data folder instead, which only its owner can read.
 */
export function controlGuard(keys: ApiKeys, localKeys: ApiKeys): ControlGuard {
  return async (request) => {
    const { authorization } = request.headers;
    if (keys.accepts(authorization) || (isLocalRequest(request) && localKeys.accepts(authorization))) return Promise.resolve(undefined);
    if (keys.none && localKeys.none) throw new SeracError('forbidden', 'Control needs a key, and this daemon has none.');
    throw new SeracError(
      'unauthorised',
      'Control needs the header "Authorization: Bearer KEY" with a key of this daemon; on its machine the text of the file "control" in ' +
        'its data folder is one.',
    );
  };
}
