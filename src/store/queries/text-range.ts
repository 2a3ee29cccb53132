import type { IdRange } from '../../domain/id-intervals.js';

/** A range of ids as the store writes it. */
export type TextRange = [first: string, last: string];

export function rangeOf([first, last]: TextRange): IdRange {
  return [Number(first), Number(last)];
}
