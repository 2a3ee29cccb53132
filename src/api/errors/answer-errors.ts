import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Pace } from '../../domain/clock.js';
import { messageOf, SeracError } from '../../errors.js';
import type { Api } from '../api-ports.js';
import { ApiError, statusOf, validationError, type ErrorAnswer } from './api-errors.js';

/** What a client is told of a thrown error: the sentence of an operating error, no details of a bug. */
function errorAnswer(thrown: unknown, request: FastifyRequest): ErrorAnswer {
  const error = asSeracError(thrown, request);
  const details = error instanceof ApiError ? error.details : undefined;
  return {
    status: (error instanceof ApiError ? error.status : undefined) ?? statusOf(error.code),
    retryable: error.retryable,
    body: { error: { code: error.code, message: error.message, ...(details === undefined ? {} : { details }) } },
  };
}

function asSeracError(thrown: unknown, request: FastifyRequest): SeracError {
  if (thrown instanceof SeracError) return thrown;
  if (isFastifyError(thrown)) {
    if (thrown.validation !== undefined) return validationError(thrown, request);
    if (thrown.code === 'FST_ERR_HANDLER_TIMEOUT') {
      return new SeracError('overloaded', 'The request timed out: ask for less, or try again later.', { retryable: true });
    }
    const status = thrown.statusCode ?? 500;
    if (status < 500) return new ApiError('input.invalid', thrown.message, { status });
  }
  return new SeracError('internal', `Internal error: the daemon's log has the reason under request ${request.id}.`);
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('FST_');
}

const RETRY_AFTER_S = 1;

/**
 * Answers each failed request, including unknown routes, in the common form of errors. Register it after the rate limit and before the
 * routes.
 */
export function addErrors(app: Api, answerError: AnswerError): void {
  const routes: { readonly path: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const path = new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
    for (const name of [method].flat()) routes.push({ path, method: name });
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const path = request.url.split('?', 1)[0]!.slice(0, 200);
    const allowed = new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method));
    if (allowed.size === 0 || allowed.has(request.method))
      throw new ApiError('not_found', `There is no route ${path}: /openapi.json lists the routes.`);
    const allow = [...allowed].join(', ');
    reply.header('allow', allow);
    throw new ApiError('usage', `${path} supports ${allow}, not ${request.method}.`, { status: 405 });
  });
}

export type AnswerError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Also for failures before a route is found, such as a path that cannot be decoded. */
export function answerErrors(log: FailureLog): AnswerError {
  return (thrown, request, reply) => {
    const answer = errorAnswer(thrown, request);
    const { status, retryable, body } = answer;
    if (status >= 500) {
      log.note(thrown, answer, request);
      reply.header('x-request-id', request.id);
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_S);
    // Bypasses the route's own schema: a 503 of an unready probe, for example, has another form.
    reply.serializer(JSON.stringify);
    void reply.code(status).type('application/json; charset=utf-8').send(body);
  };
}

interface HttpParserError extends Error {
  readonly code?: string;
}

/** Answers bytes that are not an HTTP request, in the common form of errors, and closes the connection: there is no request for a hook. */
export function answerBadHttp(error: HttpParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = statusLineAndMessage(error.code);
  const body = JSON.stringify({ error: { code: 'input.unreadable', message } });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: no-store`;
  socket.end(`${head}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}

function statusLineAndMessage(code: string | undefined): readonly [string, string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'The request was not received in full in time.'];
  if (code === 'HPE_HEADER_OVERFLOW') return ['431 Request Header Fields Too Large', 'The URL and headers of the request are too long.'];
  return ['400 Bad Request', 'This is not a valid HTTP/1.1 request.'];
}

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
