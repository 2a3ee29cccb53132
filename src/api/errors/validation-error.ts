import type { FastifyError, FastifyRequest } from 'fastify';
import { ApiError } from './api-errors.js';
import { parameterError } from './parameter-error.js';

interface ParameterSchemas {
  readonly properties: Readonly<Record<string, { readonly description?: string } | undefined>>;
}

/** Where a request carries what its route's schema names. */
const PLACES = { querystring: 'query', params: 'params', body: 'body' } as const;

/** Turns what the validator says of a request into a sentence; the schema's own description says what is expected. */
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
