import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TimeRange } from '../../../src/domain/ports/reader.js';
import { inWideningSpans } from '../../../src/store/queries/stored-reader.js';

/** Times that are stored, in the order of their keys, and the spans that were looked at. */
function stored(times: readonly number[]) {
  const spans: TimeRange[] = [];
  const search = (range: TimeRange, limit: number, newest: boolean): Promise<number[]> =>
    inWideningSpans(
      {
        ...{ range, limit, newest, firstUs: 60 },
        ends: () => {
          const [first, last] = [times[0], times.at(-1)];
          return Promise.resolve(
            first === undefined || last === undefined ? undefined : { from: Math.min(first, last), to: Math.max(first, last) },
          );
        },
      },
      (span) => {
        spans.push(span);
        return Promise.resolve(page(times, span, limit, newest));
      },
    );
  return { spans, search };
}

/** The page itself, from all that there is. */
function page(times: readonly number[], { from, to }: TimeRange, limit: number, newest: boolean): number[] {
  const within = times.filter((time) => time >= from && time < to).sort((a, b) => a - b);
  return newest ? within.slice(-limit) : within.slice(0, limit);
}

const HISTORY = Array.from({ length: 100_000 }, (_, at) => at);

it('a page of a long history is looked for at its end of it only', async () => {
  for (const newest of [true, false]) {
    const { spans, search } = stored(HISTORY);
    expect(await search({ from: 0, to: 1e15 }, 50, newest)).toHaveLength(50);
    expect(spans).toEqual([newest ? { from: 99_939, to: 1e15 } : { from: 0, to: 60 }]);
  }
});

it('where nothing is stored nothing is looked for, and a short range is looked at as it is', async () => {
  const nothing = stored([]);
  expect(await nothing.search({ from: 0, to: 1e15 }, 50, true)).toEqual([]);
  expect(nothing.spans).toEqual([]);
  const short = stored(HISTORY);
  await short.search({ from: 10, to: 70 }, 500, false);
  expect(short.spans).toEqual([{ from: 10, to: 70 }]);
});

it('a page is the one that all rows give, however they lie in time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(50_000), { maxLength: 60 }),
      fc.nat(50_000),
      fc.nat(60_000),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      async (times, from, length, limit, newest) => {
        const range = { from, to: from + length };
        expect(await stored(times).search(range, limit, newest)).toEqual(page(times, range, limit, newest));
      },
    ),
  );
});
