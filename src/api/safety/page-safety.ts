import type { IncomingMessage } from 'node:http';
import { SeracError } from '../../errors.js';
import type { Api } from '../api-ports.js';
import { isLoopbackHost } from './loopback.js';

/**
 * Why a request must not be served, or undefined. Any web page can send simple requests and open WebSockets to loopback, and a host name
 * that its owner points at 127.0.0.1 makes them same-origin: so the Host must be allowed, and a request that a browser marks as
 * cross-origin is refused. Check upgrade requests here, too.
 * @param allowedHosts further names, in lower case; one without a port allows any port
 */
export function pageRefusal(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>, allowedHosts: readonly string[]): string | undefined {
  const { headers } = request;
  const host = headers.host?.toLowerCase() ?? '';
  // Of two Host headers node shows the first; a proxy may have checked the other.
  if (countOf('host', request.rawHeaders) > 1) return 'The request has more than one Host header.';
  if (!isLoopbackHost(host) && !allowedHosts.includes(host) && !allowedHosts.includes(host.replace(/:\d{1,5}$/, ''))) {
    return `The Host header ${JSON.stringify(host.slice(0, 64))} is not allowed: add it to the allowed hosts of the configuration if it should be.`;
  }
  const origin = headers.origin?.toLowerCase();
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return OTHER_SITE;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return OTHER_SITE;
  return undefined;
}

const OTHER_SITE = 'Requests from web pages of other origins are refused.';

function countOf(name: string, rawHeaders: readonly string[]): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length;
}

/**
 * Refuses requests from web pages of other origins before any other processing. There are no CORS headers, ever; responses are live, so
 * they are not cached, and no page may embed or sniff them.
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
    const { headers, httpVersion } = request.raw;
    if (headers.host === undefined && httpVersion === '1.1') throw new SeracError('input.invalid', 'The request has no Host header.');
    const refusal = pageRefusal(request.raw, names);
    if (refusal !== undefined) throw new SeracError('forbidden', refusal);
    return Promise.resolve();
  });
}
