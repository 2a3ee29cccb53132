import { SeracError } from '../../errors.js';
import type { Api } from '../api.js';
import { pageRefusal } from './page-safety.js';

/**
 * Refuses what a web page of another origin sends, before anything else looks at the request. There are no CORS headers, ever; what is
 * answered is live, so nobody keeps it, and no page may embed or sniff it.
 */
export function addPageSafety(app: Api, allowedHosts: readonly string[]): void {
  const names = allowedHosts.map((host) => host.toLowerCase());
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    const refusal = pageRefusal(request.raw, names);
    if (refusal !== undefined) throw new SeracError('forbidden', refusal);
    return Promise.resolve();
  });
}
