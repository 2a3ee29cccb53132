import type { Batch } from '../../../src/domain/ports/sink.js';
import type { BatchInSteps } from '../../../src/sinks/outlet.js';

/** A batch that is made at once. */
export function inOneStep(batch: Batch): BatchInSteps {
  return { next: () => ({ done: true, value: batch }) };
}
