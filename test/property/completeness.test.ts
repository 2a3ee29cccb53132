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
  /** Times of the ids 100, 101, ..: they never go back. */
  readonly times: readonly number[];
  /** What each id is at the venue and on its way here. */
  readonly truth: readonly ('trade' | 'empty')[];
  readonly fates: ReadonlyMap<number, Fate>;
  readonly repaired: ReadonlySet<number>;
}

function worldOf(seed: number): World {
  const random = new Random(seed);
  const count = random.between(1, 40);
  const [quiet, lost, refused, mended] = [0, 1, 2, 3].map(() => random.pick([0, 0.05, 0.3]));
  let time = 0;
  const times: number[] = [];
  const truth: ('trade' | 'empty')[] = [];
  const fates = new Map<number, Fate>();
  const repaired = new Set<number>();
  for (let at = 0; at < count; at++) {
    time += random.pick([0, 0, 1, 3, 10, 25]);
    times.push(time);
    const kind = random.chance(quiet!) ? 'empty' : 'trade';
    truth.push(kind);
    if (random.chance(lost!)) continue;
    fates.set(100 + at, kind === 'trade' && random.chance(refused!) ? 'rejected' : kind);
    if (random.chance(mended!)) repaired.add(100 + at);
  }
  return { times, truth, fates, repaired };
}

const WINDOW = 10;

describe('what a candle says of its completeness', () => {
  it('is what rule 5 says, and complete never while a trade of its window is missing', () => {
    const said = new Map<string, number>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { times, truth, fates, repaired } = worldOf(seed);
        const coverage = newCoverage();
        // Ids become known in any order.
        for (const [id, fate] of new Random(seed + 1).shuffled([...fates])) {
          coverage[fate === 'rejected' ? 'rejected' : 'seen'].add(id);
          if (fate === 'empty') coverage.empty.add(id);
        }
        expect(new IdIntervals([...coverage.seen.ranges(), ...coverage.rejected.ranges()]).ranges()).toEqual(toRanges(fates.keys()));
        for (let open = 0; open <= times.at(-1)!; open += WINDOW) {
          const inside = times.flatMap((time, at) => (time >= open && time < open + WINDOW && truth[at] === 'trade' ? [100 + at] : []));
          const known = inside.filter((id) => fates.get(id) === 'trade');
          if (known.length === 0) continue;
          const candle = {
            firstId: known[0]!,
            lastId: known.at(-1)!,
            repaired: known.filter((id) => repaired.has(id)).length,
          };
          const sums = emptySums();
          sums[AT.count] = known.length;
          sums[AT.firstId] = candle.firstId;
          sums[AT.lastId] = candle.lastId;
          sums[AT.repaired] = candle.repaired;
          const completeness = completenessOf(sums, coverage);
          said.set(completeness, (said.get(completeness) ?? 0) + 1);
          expect(completeness).toBe(referenceCompleteness(fates, candle));
          if (completeness === 'complete' || completeness === 'backfilled') {
            expect(known).toEqual(inside);
            expect(completeness === 'backfilled').toBe(known.some((id) => repaired.has(id)));
          }
        }
      }),
      { numRuns: RUNS },
    );
    for (const word of ['complete', 'backfilled', 'gap', 'unproven']) expect(said.get(word) ?? 0, word).toBeGreaterThan(RUNS / 40);
  });
});
