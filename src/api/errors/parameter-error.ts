import { ApiError } from './api-errors.js';

const MAX_SHOWN = 64;

/** The error of a parameter that is not what its route takes: the sentence names it, shows what came and says what is expected. */
export function parameterError(parameter: string, given: unknown, expected: string): ApiError {
  return new ApiError('input.invalid', `${parameter}: expected ${expected}; got ${shown(given)}.`, { details: { parameter, expected } });
}

function shown(given: unknown): string {
  if (given === undefined) return 'nothing';
  if (Array.isArray(given)) return `${given.length} values`;
  const text = JSON.stringify(given);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
