import type { FastifyRequest } from 'fastify';
import { messageOf } from '../../errors.js';
import type { ErrorAnswer } from './error-answer.js';

/** Between two log lines on failures of the same kind, ms: a dashboard asks again every second. */
const SAME_EVERY_MS = 60_000;
/** Kinds of failures remembered at a time; the oldest is forgotten first. */
const KINDS_MAX = 100;
/** Longest part of a URL that is logged, characters. */
const PATH_MAX = 200;

interface Told {
  atMs: number;
  /** Failures of the kind since then that were not logged. */
  untold: number;
}

/**
 * Logs requests that failed here. A fault of ours is logged each time, because the answer refers to the log; where its stack stands there
 * already, without it. What passes (the store restarts, too much is asked) is logged once a minute and kind. Of a request its method and
 * path are logged, never its headers, its query or its body: those may hold keys. Its id is a binding of the request's own logger.
 */
export class FailureLog {
  readonly #told = new Map<string, Told>();

  /** @param nowMs only differences count */
  constructor(readonly nowMs: () => number) {}

  note(thrown: unknown, { status, body }: ErrorAnswer, request: FastifyRequest): void {
    const error = messageOf(thrown);
    const { code } = body.error;
    const path = request.url.split('?', 1)[0]!.slice(0, PATH_MAX);
    const line = { method: request.method, path, status, code, error };
    const route = request.routeOptions.url ?? 'none';
    const isOurs = status === 500;
    const told = this.#due([request.method, route, status, isOurs ? error : code].join(' '));
    if (isOurs) {
      const stack = told !== null && thrown instanceof Error ? { stack: thrown.stack } : {};
      request.log.error({ ...line, ...stack }, 'a request failed');
    } else if (told !== null) {
      request.log.warn({ ...line, ...(told > 0 ? { alsoFailed: told } : {}) }, 'a request could not be answered');
    }
  }

  /** Whether a kind is to be told now: then how many of it were not, else null. */
  #due(kind: string): number | null {
    const nowMs = this.nowMs();
    const told = this.#told.get(kind);
    if (told !== undefined && nowMs < told.atMs + SAME_EVERY_MS) {
      told.untold += 1;
      return null;
    }
    this.#told.delete(kind);
    const [oldest] = this.#told.keys();
    if (oldest !== undefined && this.#told.size === KINDS_MAX) this.#told.delete(oldest);
    this.#told.set(kind, { atMs: nowMs, untold: 0 });
    return told?.untold ?? 0;
  }
}
