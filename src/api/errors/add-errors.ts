import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.js';
import { ApiError } from './api-errors.js';
import { errorAnswer } from './answer-errors.js';
import type { FailureLog } from './failure-log.js';

const RETRY_AFTER_S = 1;

/** Answers each failed request, unknown routes among them, in the one shape of errors. The rate limit is there before, routes come after. */
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
      throw new ApiError('not_found', `There is nothing at ${path}: /openapi.json lists the routes.`);
    const allow = [...allowed].join(', ');
    reply.header('allow', allow);
    throw new ApiError('usage', `${path} answers ${allow}, not ${request.method}.`, { status: 405 });
  });
}

export type AnswerError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Also for what fails before a route is found, such as a path that cannot be decoded. */
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
    // Past the route's own schema: of a probe that is unready, say, a 503 has another shape.
    reply.serializer(JSON.stringify);
    void reply.code(status).type('application/json; charset=utf-8').send(body);
  };
}
