import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Whether an address to bind to, or of a peer, is reachable from this machine only. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** Whether a Host header, in lower case, is one of loopback's own names with any port. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}

/** Whether a request was made on this machine: one forwarded by a proxy was not, although it comes from loopback. */
export function isLocalRequest(request: FastifyRequest): boolean {
  const { headers, socket } = request;
  const passedOn = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined || headers['x-real-ip'] !== undefined;
  return !passedOn && isLoopbackAddress(socket.remoteAddress ?? '') && isLoopbackHost((headers.host ?? '').toLowerCase());
}
