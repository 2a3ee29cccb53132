import type { FastifyRequest } from 'fastify';
import { Pace } from '../../domain/pace.js';
import { messageOf } from '../../errors.js';
import type { ErrorAnswer } from './api-errors.js';

/** Interval between two log lines on failures of the same kind, ms: a dashboard retries every second. */
const SAME_EVERY_MS = 60_000;
/** Longest part of a URL that is logged, characters. */
const PATH_MAX = 200;

/**
 * Logs requests that failed here. A bug is logged each time, because the response refers to the log; without its stack if that was logged
 * already. A temporary failure (the store restarts, overload) is logged once a minute and kind. Of a request its method and path are
 * logged, never its headers, query or body: those may hold keys. Its id is a binding of the request's own logger. A request cancelled by
 * its client is not a failure: it is logged at `debug` only.
 */
export class FailureLog {
  readonly #pace: Pace;

  /** @param nowMs only differences count */
  constructor(nowMs: () => number) {
    this.#pace = new Pace(SAME_EVERY_MS, nowMs);
  }

  note(thrown: unknown, { status, body }: ErrorAnswer, request: FastifyRequest): void {
    const error = messageOf(thrown);
    const { code } = body.error;
    const path = request.url.split('?', 1)[0]!.slice(0, PATH_MAX);
    const line = { method: request.method, path, status, code, error };
    if (code === 'stopping' && request.raw.socket.destroyed) {
      request.log.debug({ method: request.method, path }, 'the client cancelled a request before it was answered');
      return;
    }
    const route = request.routeOptions.url ?? 'none';
    const isOurs = status === 500;
    const told = this.#pace.due([request.method, route, status, isOurs ? error : code].join(' '));
    if (isOurs) {
      const stack = told !== null && thrown instanceof Error ? { stack: thrown.stack } : {};
      request.log.error({ ...line, ...stack }, 'a request failed');
    } else if (told !== null) {
      request.log.warn({ ...line, ...(told > 0 ? { alsoFailed: told } : {}) }, 'a request could not be answered');
    }
  }
}
