import type { TimeRange } from '../../domain/ports/reader.js';

/** How much longer each next span of time is. */
const SPAN_FACTOR = 16;

interface WideningSpan {
  readonly range: TimeRange;
  readonly limit: number;
  /** Whether the newest rows of the range are wanted, not the oldest. */
  readonly newest: boolean;
  /** Length of the first span, us. */
  readonly firstUs: number;
  /** Times of the first and the last row in key order, us; undefined if there is none. */
  readonly ends: () => Promise<TimeRange | undefined>;
}

/**
 * Searches the rows at one end of a range in ever longer spans of time, so that a page of a long history does not read and sort all of it:
 * if a span at that end holds enough rows, they come before everything beyond it. The stored ends only say where to start and when to stop;
 * rows outside of them are still found.
 */
export async function inWideningSpans<Row>(
  { range, limit, newest, firstUs, ends }: WideningSpan,
  within: (range: TimeRange) => Promise<Row[]>,
): Promise<Row[]> {
  if (range.to - range.from <= firstUs) return await within(range);
  const stored = await ends();
  if (stored === undefined) return [];
  const from = Math.max(range.from, Math.min(stored.from, range.to));
  const to = Math.min(range.to, Math.max(stored.to, range.from));
  for (let spanUs = firstUs; spanUs < to - from; spanUs *= SPAN_FACTOR) {
    const rows = await within(newest ? { from: to - spanUs, to: range.to } : { from: range.from, to: from + spanUs });
    if (rows.length >= limit) return rows;
  }
  return await within(range);
}
