import { SeracError, type ErrorCode } from '../../errors.js';
import type { ErrorDetails } from '../schemas/error.js';

/** An error that only a request can meet: it may name the parameter that is wrong, or a status of its own. */
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
