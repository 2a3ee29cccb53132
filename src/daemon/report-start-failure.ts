import type { Part } from '../actors/supervisor.js';
import { asError } from '../errors.js';

/** Reports why a part did not start: a daemon that cannot start says so instead of retrying. */
export function reportStartFailure(part: Part, onFailed: (error: Error) => void): Part {
  return {
    ...part,
    start: async (failed) => {
      try {
        await part.start(failed);
      } catch (error) {
        onFailed(asError(error));
        throw error;
      }
    },
    stop: (deadlineMs) => part.stop(deadlineMs),
  };
}
