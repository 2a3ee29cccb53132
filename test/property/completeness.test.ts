import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT, emptySums } from '../../src/domain/candle-sums.js';
import { completenessOf, newCoverage } from '../../src/domain/coverage.js';
import { IdIntervals } from '../../src/domain/id-intervals.js';
import { Random } from '../support/core/random.js';
import { referenceCompleteness, toRanges, type Fate } from '../support/core/reference.js';
import { effort } from '../support/effort.js';

const RUNS = effort(4_000, 1_000);

interface World {
  /** Times of the ids 100, 101, .., in us; in some worlds they go back. */
  readonly times: readonly number[];
  /** What each id is at the venue and on its way here. */
  readonly truth: readonly ('trade' | 'empty')[];
  readonly fates: ReadonlyMap<number, Fate>;
  readonly repaired: ReadonlySet<number>;
  readonly isInverted: boolean;
}

function worldOf(seed: number): World {
  const random = new Random(seed);
  const count = random.between(1, 40);
  const [quiet, lost, refused, mended] = [0, 1, 2, 3].map(() => random.pick([0, 0.05, 0.3]));
  const fallsBack = random.pick([0, 0, 0.05, 0.5]);
  let time = WINDOW;
  const times: number[] = [];
  const truth: ('trade' | 'empty')[] = [];
  const fates = new Map<number, Fate>();
  const repaired = new Set<number>();
  for (let at = 0; at < count; at++) {
    time += random.pick([0, 0, 0.1, 0.3, 1, 2.5]) * WINDOW;
    times.push(random.chance(fallsBack) ? Math.max(0, time - random.pick([0.1, 1, 4]) * WINDOW) : time);
    const kind = random.chance(quiet!) ? 'empty' : 'trade';
    truth.push(kind);
    if (random.chance(lost!)) continue;
    fates.set(100 + at, kind === 'trade' && random.chance(refused!) ? 'rejected' : kind);
    if (random.chance(mended!)) repaired.add(100 + at);
  }
  return { times, truth, fates, repaired, isInverted: fallsBack > 0 };
}

const WINDOW = 1_000_000;

describe('what a candle says of its completeness', () => {
  it('is what rule 5 says, and complete never while a trade of its window is missing', () => {
    const said = new Map<string, number>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { times, truth, fates, repaired, isInverted } = worldOf(seed);
        const coverage = newCoverage();
        // Ids become known in any order.
        for (const [id, fate] of new Random(seed + 1).shuffled([...fates])) {
          coverage[fate === 'rejected' ? 'rejected' : 'seen'].add(id);
          if (fate === 'empty') coverage.empty.add(id);
          if (fate === 'trade') coverage.times.take(id, times[id - 100]!, coverage);
        }
        expect(new IdIntervals([...coverage.seen.ranges(), ...coverage.rejected.ranges()]).ranges()).toEqual(toRanges(fates.keys()));
        for (let open = 0; open <= Math.max(...times); open += WINDOW) {
          const inside = times.flatMap((time, at) => (time >= open && time < open + WINDOW && truth[at] === 'trade' ? [100 + at] : []));
          const known = inside.filter((id) => fates.get(id) === 'trade');
          if (known.length === 0) continue;
          const candle = {
            ...{ interval: '1s', openTime: open },
            firstId: known[0]!,
            lastId: known.at(-1)!,
            repaired: known.filter((id) => repaired.has(id)).length,
          };
          const sums = emptySums();
          sums[AT.count] = known.length;
          sums[AT.firstId] = candle.firstId;
          sums[AT.lastId] = candle.lastId;
          sums[AT.repaired] = candle.repaired;
          const completeness = completenessOf(sums, { from: open, to: open + WINDOW }, coverage);
          said.set(completeness, (said.get(completeness) ?? 0) + 1);
          expect(completeness).toBe(referenceCompleteness(fates, candle, (id) => times[id - 100]!));
          if (completeness === 'complete' || completeness === 'backfilled') {
            // Of all ids up to the trade that proves it: where times fall back, later ones may be inside.
            if (!isInverted) expect(known).toEqual(inside);
            expect(completeness === 'backfilled').toBe(known.some((id) => repaired.has(id)));
          }
        }
      }),
      { numRuns: RUNS },
    );
    for (const word of ['complete', 'backfilled', 'gap', 'unproven']) expect(said.get(word) ?? 0, word).toBeGreaterThan(RUNS / 40);
  });
});
