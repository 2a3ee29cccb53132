import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request must not be served, or undefined. Any web page can send simple requests to loopback, and a host name that its owner points
 * at 127.0.0.1 makes them same-origin: so the Host must be allowed, and a request that a browser marks as cross-site is refused.
 * @param port the port that this server listens on
 * @param allowedHosts further values of Host, as configured, in lower case
 */
export function refusalOf(headers: IncomingHttpHeaders, port: number, allowedHosts: readonly string[]): string | undefined {
  const host = headers.host?.toLowerCase();
  if (host === undefined || !(isLoopback(host, port) || allowedHosts.includes(host))) {
    return `This store answers on loopback only: the Host header ${JSON.stringify(host ?? '')} is not allowed.`;
  }
  const origin = headers.origin;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) return 'Requests from web pages of other sites are refused.';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'Requests from web pages of other sites are refused.';
  return undefined;
}

function isLoopback(host: string, port: number): boolean {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(host);
}
