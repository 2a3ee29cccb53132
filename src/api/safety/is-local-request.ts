import type { FastifyRequest } from 'fastify';
import { isLoopbackAddress, isLoopbackHost } from './loopback.js';

/** Whether a request was made on this machine: one that a proxy passed on was not, though it comes from loopback. */
export function isLocalRequest(request: FastifyRequest): boolean {
  const { headers, socket } = request;
  const passedOn = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined || headers['x-real-ip'] !== undefined;
  return !passedOn && isLoopbackAddress(socket.remoteAddress ?? '') && isLoopbackHost((headers.host ?? '').toLowerCase());
}
