import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ClickHouseException, codes } from './clickhouse-exception.js';

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

/** Users accepted with the data folder's secret. They all have the same rights. */
const USERS = new Set(['default', 'serac']);

/**
 * Admits a request, or throws: 401 without credentials, 403 if they are wrong. Like ClickHouse it accepts them in three places: its own
 * headers, basic authentication, the URL.
 */
export function authenticate(headers: IncomingHttpHeaders, url: URLSearchParams, secret: string): void {
  const given = fromOwnHeaders(headers) ?? fromBasic(headers.authorization) ?? fromUrl(url);
  if (given === undefined) {
    throw ClickHouseException.of(
      codes.requiredPassword,
      'default: Authentication failed: password required. It is in the file `secret` of the data folder.',
    );
  }
  if (!(USERS.has(given.user) && equalInConstantTime(given.password, secret))) {
    throw ClickHouseException.of(
      codes.authenticationFailed,
      `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`,
    );
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function fromOwnHeaders(headers: IncomingHttpHeaders): Credentials | undefined {
  const user = headers['x-clickhouse-user'];
  const password = headers['x-clickhouse-key'];
  if (typeof password !== 'string') return undefined;
  return { user: typeof user === 'string' ? user : 'default', password };
}

function fromBasic(authorization: string | undefined): Credentials | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { user, password: rest.join(':') };
}

function fromUrl(url: URLSearchParams): Credentials | undefined {
  const password = url.get('password');
  return password === null ? undefined : { user: url.get('user') ?? 'default', password };
}

/** Compares digests, so that neither timing nor length leaks anything. */
function equalInConstantTime(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
