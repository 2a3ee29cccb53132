import type { FastifyRequest } from 'fastify';
import { Pace } from '../../domain/pace.js';
import { messageOf } from '../../errors.js';
import type { ErrorAnswer } from './api-errors.js';

/** Between two log lines on failures of the same kind, ms: a dashboard asks again every second. */
const SAME_EVERY_MS = 60_000;
/** Longest part of a URL that is logged, characters. */
const PATH_MAX = 200;

/**
 * Logs requests that failed here. A fault of ours is logged each time, because the answer refers to the log; where its stack stands there
 * already, without it. What passes (the store restarts, too much is asked) is logged once a minute and kind. Of a request its method and
 * path are logged, never its headers, its query or its body: those may hold keys. Its id is a binding of the request's own logger.
 * That a client gave its request up is no failure: only `debug` shows it.
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
