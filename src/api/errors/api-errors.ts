import type { FastifyError, FastifyRequest } from 'fastify';
import { SeracError, type ErrorCode } from '../../errors.js';
import type { ErrorBody, ErrorDetails } from '../schemas/common.js';

/** An error of a request: it may name the invalid parameter, or have a status of its own. */
export class ApiError extends SeracError {
  readonly status: number | undefined;
  readonly details: ErrorDetails | undefined;

  constructor(code: ErrorCode, message: string, options: { retryable?: boolean; status?: number; details?: ErrorDetails } = {}) {
    super(code, message, { retryable: options.retryable ?? false });
    this.name = 'ApiError';
    this.status = options.status;
    this.details = options.details;
  }
}

const MAX_SHOWN = 64;

/** The error of an invalid parameter: the sentence names it, shows the given value and says what is expected. */
export function parameterError(parameter: string, given: unknown, expected: string): ApiError {
  return new ApiError('input.invalid', `${parameter}: expected ${expected}; got ${shown(given)}.`, { details: { parameter, expected } });
}

function shown(given: unknown): string {
  if (given === undefined) return 'nothing';
  if (Array.isArray(given)) return `${given.length} values`;
  const text = JSON.stringify(given);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

interface ParameterSchemas {
  readonly properties: Readonly<Record<string, { readonly description?: string } | undefined>>;
}

/** The part of a request for each part of its route's schema. */
const PLACES = { querystring: 'query', params: 'params', body: 'body' } as const;

/** Turns a validation error of a request into a sentence; the schema's description says what is expected. */
export function validationError(error: FastifyError, request: FastifyRequest): ApiError {
  const [first] = error.validation ?? [];
  const context = error.validationContext;
  if (first === undefined || context === undefined || context === 'headers') return new ApiError('input.invalid', error.message);
  const { properties } = request.routeOptions.schema?.[context] as ParameterSchemas;
  const { additionalProperty, missingProperty } = first.params;
  if (typeof additionalProperty === 'string') {
    return parameterError(
      additionalProperty.slice(0, 64),
      undefined,
      `one of this route's parameters (${Object.keys(properties).join(', ')})`,
    );
  }
  const parameter = typeof missingProperty === 'string' ? missingProperty : first.instancePath.slice(1);
  const given = (request[PLACES[context]] as Readonly<Record<string, unknown>> | null | undefined)?.[parameter];
  if (parameter === '') return parameterError(context, given, `an object of ${Object.keys(properties).join(', ')}`);
  return parameterError(parameter, given, properties[parameter]?.description ?? 'another value');
}

const STATUS: Record<ErrorCode, number> = {
  usage: 400,
  'input.unreadable': 400,
  'input.invalid': 400,
  unauthorised: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  overloaded: 503,
  stopping: 503,
  'store.unavailable': 503,
  'store.locked': 503,
  'venue.unavailable': 503,
  'store.refused': 502,
  'venue.refused': 502,
  'venue.banned': 502,
  'venue.oversized': 502,
  'config.invalid': 500,
  internal: 500,
};

/** The HTTP status of an operating error. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}

export interface ErrorAnswer {
  readonly status: number;
  readonly retryable: boolean;
  readonly body: ErrorBody;
}
