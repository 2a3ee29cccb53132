import type { FastifyError, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';
import { parameterError } from './parameter-error.js';

interface ParameterSchemas {
  readonly properties: Readonly<Record<string, { readonly description?: string } | undefined>>;
}

/** Turns what the validator says of a request into a sentence; the schema's own description says what is expected. */
export function validationError(error: FastifyError, request: FastifyRequest): ApiError {
  const [first] = error.validation ?? [];
  if (first === undefined || error.validationContext !== 'querystring') return new ApiError('input.invalid', error.message);
  const { properties } = request.routeOptions.schema?.querystring as ParameterSchemas;
  const { additionalProperty, missingProperty } = first.params;
  if (typeof additionalProperty === 'string') {
    return parameterError(
      additionalProperty.slice(0, 64),
      undefined,
      `one of this route's parameters (${Object.keys(properties).join(', ')})`,
    );
  }
  const parameter = typeof missingProperty === 'string' ? missingProperty : first.instancePath.slice(1);
  const given = (request.query as Readonly<Record<string, unknown>>)[parameter];
  return parameterError(parameter, given, properties[parameter]?.description ?? 'another value');
}
