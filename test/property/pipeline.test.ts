import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frameBlock } from '../support/core/blocks.js';
import { MarketRun } from '../support/core/market-run.js';
import { Random } from '../support/core/random.js';
import { readReference, referenceCandles, ReferenceMarket, type ReferenceCandle } from '../support/core/reference.js';
import { disordered, venueStream, type Arrival, type VenueStream } from '../support/core/venue-stream.js';
import { effort } from '../support/effort.js';

/** What these arrivals say, in this order. */
function referenceOf(arrivals: readonly Arrival[], markets: readonly string[]): ReferenceMarket {
  const names = new Map(markets.map((market) => [market.replace('-', ''), market]));
  const market = new ReferenceMarket();
  for (const arrival of arrivals) {
    if (arrival.kind === 'frame') market.read(readReference(arrival.text, (venueSymbol) => names.get(venueSymbol)));
    else for (const trade of arrival.trades) market.take(trade.symbol, trade.id, 'trade', trade);
  }
  return market;
}

interface Cut {
  readonly seed: number;
  /** Frames a block at most, and whether blocks end anywhere before that, as socket chunks do. */
  readonly size: number;
  readonly ragged: boolean;
  /** How often time passes without trades, late trades are written and the store acknowledges. */
  readonly disturbance: number;
}

function feed(run: MarketRun, arrivals: readonly Arrival[], { seed, size, ragged, disturbance }: Cut): void {
  const random = new Random(seed);
  let pending: string[] = [];
  let received = 1_723_161_480_000_000_000n;
  let limit = size;
  const flush = () => {
    if (pending.length > 0) {
      run.frames$.next(
        frameBlock(
          pending.map((text) => ({ bytes: bytesOf(text), receiveTime: (received += 1_000n) })),
          random.below(8),
        ),
      );
    }
    pending = [];
    limit = ragged ? random.between(1, size) : size;
    if (!random.chance(disturbance)) return;
    if (random.chance(0.5)) run.tick(random.chance(0.5));
    if (random.chance(0.5)) run.refold();
    // The store has what came up to a while ago.
    if (random.chance(0.7)) run.state.release(run.state.block - random.below(4), run.state.emission - random.below(4));
  };
  for (const arrival of arrivals) {
    if (arrival.kind === 'page') {
      flush();
      run.page(arrival.symbol, arrival.body);
      continue;
    }
    pending.push(arrival.text);
    if (pending.length >= limit) flush();
  }
  flush();
}

/**
 * @param isInverted times fall back: then what is said of a candle far from ids that came later may be less than can be said, but never more
 * @returns candles of which less is said
 */
function expectTruth(run: MarketRun, reference: ReferenceMarket, isInverted: boolean): number {
  // Each trade once, with its values.
  expect(run.twice).toEqual([]);
  expect(run.stored).toEqual(reference.trades);
  for (const market of run.markets) {
    const code = run.bench.symbols.find(market)!;
    const { seen, empty, rejected } = run.state.of(code).coverage;
    expect(seen.ranges()).toEqual(reference.ranges(market, 'trade', 'empty'));
    expect(empty.ranges()).toEqual(reference.ranges(market, 'empty'));
    expect(rejected.without(seen).ranges()).toEqual(reference.ranges(market, 'rejected'));
  }
  // Every candle, and no other; what is said of its completeness is what can be said.
  const expected = new Map<string, { numbers: ReferenceCandle; completeness: string }>();
  for (const [key, numbers] of referenceCandles(reference.trades.values())) {
    expected.set(key, { numbers, completeness: reference.completeness(numbers) });
  }
  let lessSaid = 0;
  const said = new Map<string, { numbers: ReferenceCandle; completeness: string }>();
  for (const [key, { numbers, completeness }] of run.candles) {
    const right = expected.get(key)?.completeness;
    const isLess = isInverted && !isProven(completeness) && right !== undefined && right !== completeness;
    if (isLess) lessSaid += 1;
    said.set(key, { numbers, completeness: isLess ? right : completeness });
  }
  expect(said).toEqual(expected);
  return lessSaid;
}

function isProven(completeness: string): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}

/** Fails at once where a candle is called proven and differs from what happened at the venue. */
function honest({ truth, isInverted }: VenueStream, counts: Map<string, number>) {
  const candles = referenceCandles(truth);
  return (key: string, { numbers, completeness }: { numbers: ReferenceCandle; completeness: string }): void => {
    counts.set(completeness, (counts.get(completeness) ?? 0) + 1);
    // The word is true of all ids up to the trade that proved it: later ones may fall back further.
    if (isInverted || !isProven(completeness)) return;
    expect({ ...numbers, repaired: 0 }, `${completeness} ${key}`).toEqual(candles.get(key));
    expect(completeness === 'backfilled', key).toBe(numbers.repaired > 0);
  };
}

const size = fc.oneof(fc.constantFrom(1, 2, 3, 7, 64, 1_024, 2_048), fc.integer({ min: 1, max: 2_048 }));

describe('the pipeline', () => {
  it.each(['inOrder', 'repeated', 'pieces', 'anyOrder'] as const)(
    'gives the same trades, coverage and candles however frames are cut into blocks (%s), and calls nothing complete that is not',
    (how) => {
      const counts = new Map<string, number>();
      let [lessSaid, candles] = [0, 0];
      fc.assert(
        fc.property(
          fc.integer(),
          fc.boolean(),
          size,
          fc.boolean(),
          fc.constantFrom(0, 0.1, 0.6),
          fc.constantFrom(0, 0, 0.02, 0.3),
          (seed, faulty, frames, ragged, disturbance, inverted) => {
            const stream = venueStream(seed, { faulty, ids: 220, inverted });
            const { sent, markets } = stream;
            const arrivals = disordered(new Random(seed + 1), sent, how);
            const run = new MarketRun(markets, honest(stream, counts));
            feed(run, arrivals, { seed: seed + 2, size: frames, ragged, disturbance });
            run.finish();
            lessSaid += expectTruth(run, referenceOf(arrivals, markets), inverted > 0);
            candles += run.candles.size;
            if (how === 'inOrder' && !faulty && inverted === 0) {
              expect(run.repeated).toBe(0);
              // All is in memory, but for what the store had before a second word came: nothing is asked of it.
              expect(run.refolded.size).toBe(0);
            }
          },
        ),
        { numRuns: effort(60) },
      );
      expect(lessSaid).toBeLessThan(how === 'inOrder' || how === 'repeated' ? 1 : candles / 50);
      for (const word of ['complete', 'gap', 'unproven']) expect(counts.get(word) ?? 0, word).toBeGreaterThan(20);
    },
  );

  it('gives the same numbers whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.integer(), size, size, (seed, one, other) => {
        const stream = venueStream(seed, { faulty: true, ids: 150 });
        const { sent, markets } = stream;
        const random = new Random(seed + 1);
        const orders = [sent, disordered(random, sent, 'pieces'), disordered(random, sent, 'anyOrder')];
        const [first, ...others] = orders.map((arrivals, at) => {
          const run = new MarketRun(markets, honest(stream, new Map()));
          feed(run, arrivals, { seed, size: at === 0 ? one : other, ragged: at === 1, disturbance: 0.2 });
          run.finish();
          return new Map([...run.candles].map(([key, { numbers }]) => [key, numbers]));
        });
        for (const candles of others) expect(candles).toEqual(first);
      }),
      { numRuns: effort(40) },
    );
  });

  it('goes on after an orderly stop as if it had never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.boolean(),
        fc.constantFrom('inOrder' as const, 'repeated' as const, 'pieces' as const),
        size,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 0.02, 0.3),
        async (seed, faulty, how, frames, part, inverted) => {
          const stream = venueStream(seed, { faulty, ids: 160, inverted });
          const { sent, markets } = stream;
          const arrivals = disordered(new Random(seed + 1), sent, how);
          const cut = Math.floor(part * arrivals.length);
          const check = honest(stream, new Map());
          const before = new MarketRun(markets, check);
          feed(before, arrivals.slice(0, cut), { seed, size: frames, ragged: true, disturbance: 0.2 });
          before.finish();
          const after = new MarketRun(markets, check);
          await after.resume(before);
          feed(after, arrivals.slice(cut), { seed: seed + 2, size: frames, ragged: true, disturbance: 0.2 });
          after.finish();
          expectTruth(after, referenceOf(arrivals, markets), inverted > 0);
        },
      ),
      // Once: a hole was filled beside a window that was open at both stops and got no trade in between.
      { numRuns: effort(60), examples: [[-882224736, false, 'pieces', 1, 0.8, 0]] },
    );
  });

  it('says complete of every candle with a trade before and after it, where nothing was lost', () => {
    fc.assert(
      fc.property(fc.integer(), size, (seed, frames) => {
        const { sent, markets } = venueStream(seed, { faulty: false, ids: 200 });
        const run = new MarketRun(markets);
        feed(run, sent, { seed, size: frames, ragged: true, disturbance: 0.1 });
        run.finish();
        const firstIds = new Set(markets.map((market) => [...run.stored.values()].find(({ symbol }) => symbol === market)?.id));
        for (const { numbers, completeness } of run.candles.values()) {
          const ends = firstIds.has(numbers.firstId) ? 'gap' : 'unproven';
          expect(['complete', ends]).toContain(completeness);
          const last = Math.max(...[...run.stored.values()].filter(({ symbol }) => symbol === numbers.symbol).map(({ id }) => id));
          if (!firstIds.has(numbers.firstId) && numbers.lastId !== last) expect(completeness).toBe('complete');
        }
      }),
      { numRuns: effort(30) },
    );
  });
});
