import { SeracError } from '../../errors.js';
import type { Api } from '../api.js';
import type { ApiKeys } from './keys.js';
import { isLocalRequest } from './is-local-request.js';
import { isLoopbackAddress } from './loopback.js';

/**
 * Lets requests from elsewhere in with a key only; on loopback anybody may read. It looks at a request after the rate limit has
 * counted it, so that keys cannot be guessed at any speed.
 */
export function addKeys(app: Api, keys: ApiKeys): void {
  app.addHook('preParsing', async (request) => {
    const open = keys.none ? isLoopbackAddress(request.socket.remoteAddress ?? '') : isLocalRequest(request);
    if (!open && !keys.accepts(request.headers.authorization)) {
      throw new SeracError(
        'unauthorised',
        'Requests from elsewhere need the header "Authorization: Bearer KEY" with a key of this daemon.',
      );
    }
    return Promise.resolve(undefined);
  });
}
