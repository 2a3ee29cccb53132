import type { IdRange } from '../../domain/id-intervals.js';

/** An id range as text from the store. */
export type TextRange = [first: string, last: string];

export function rangeOf([first, last]: TextRange): IdRange {
  return [Number(first), Number(last)];
}
