import type { Batch } from '../../../src/domain/ports.js';
import type { BatchInSteps } from '../../../src/recording/recorder/recorder-ports.js';

/** A batch that is made at once. */
export function inOneStep(batch: Batch): BatchInSteps {
  return { next: () => ({ done: true, value: batch }) };
}
