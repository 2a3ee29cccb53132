import type { FastifyError, FastifyRequest } from 'fastify';
import { SeracError } from '../../errors.js';
import type { ErrorBody } from '../schemas/error.js';
import { ApiError } from './api-errors.js';
import { statusOf } from './status-of.js';
import { validationError } from './validation-error.js';

export interface ErrorAnswer {
  readonly status: number;
  readonly retryable: boolean;
  readonly body: ErrorBody;
}

/** What a client is told of anything that was thrown: the sentence of an operating error, nothing of a fault of ours. */
export function errorAnswer(thrown: unknown, request: FastifyRequest): ErrorAnswer {
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
      return new SeracError('overloaded', 'The answer took too long and was given up: ask for less, or later.', { retryable: true });
    }
    const status = thrown.statusCode ?? 500;
    if (status < 500) return new ApiError('input.invalid', thrown.message, { status });
  }
  return new SeracError('internal', `The daemon failed to answer; its log has the reason under request ${request.id}.`);
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('FST_');
}
