import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRows } from '../../src/domain/add-rows.js';
import { AT, carry, emptySums, mergeSums, type CandleSums } from '../../src/domain/candle-sums.js';
import { candleNumbers, fitsColumns, sameNumbers, sumsFrom } from '../../src/domain/candle.js';
import { rowsUpTo, tradeBlock } from '../support/core/blocks.js';
import { Random } from '../support/core/random.js';
import { referenceCandle, type ReferenceCandle, type ReferenceTrade } from '../support/core/reference.js';
import { effort } from '../support/effort.js';

const UNIT = 10n ** 12n;
const LIMIT = 10n ** 38n;
/** Where the program changes its way of adding: whole parts around these. */
const BORDERS = [1_000_000n, 4_000_000_000n, 94_906_265n, 10n ** 12n, 10n ** 24n, 1n];
type Profile = (random: Random) => bigint;

const anyDigits: Profile = (random) => BigInt(random.digits(random.between(1, 38))) || 1n;
const nearBorder: Profile = (random) => {
  const around = random.pick(BORDERS) * UNIT + BigInt(random.between(-3, 3)) * random.pick([1n, UNIT]);
  return around > 0n ? around : 1n;
};
const nines: Profile = (random) => 10n ** BigInt(random.between(1, 38)) - 1n;
const PROFILES: Record<string, Profile> = {
  dust: (random) => BigInt(random.between(1, 9)),
  usual: (random) => BigInt(random.digits(5)) * UNIT + BigInt(random.digits(8)) * 10_000n,
  fullSmall: () => 10n ** 18n - 1n,
  fullMedium: () => 4_000_000_000n * UNIT - 1n,
  anyDigits,
  nearBorder,
  nines,
  mixed: (random) => random.pick([anyDigits, nearBorder, nines])(random),
};

function amounts(random: Random, profile: Profile, other: Profile): { price: bigint; quantity: bigint } {
  const price = profile(random);
  let quantity = other(random);
  // A product has to fit Decimal(38, 24); now and then it is the largest that does.
  const largest = (LIMIT - 1n) / price;
  if (quantity > largest) quantity = random.chance(0.05) ? largest : largest / 10n ** BigInt(random.between(1, 20)) || 1n;
  return { price, quantity };
}

function tradesOf(random: Random, count: number, profile: Profile, other: Profile): ReferenceTrade[] {
  return Array.from({ length: count }, (_, at) => ({
    symbol: 'BTC-USDT',
    id: 1_000 + at,
    time: 0,
    ...amounts(random, profile, other),
    bought: random.chance(0.5),
    repaired: random.chance(0.1),
  }));
}

function expectNumbers(sums: CandleSums, expected: ReferenceCandle): void {
  const { count, firstId, lastId, repaired } = expected;
  expect(expected).toMatchObject({ ...candleNumbers(sums) });
  expect([sums[AT.count], sums[AT.firstId], sums[AT.lastId], sums[AT.repaired]]).toEqual([count, firstId, lastId, repaired]);
}

/** Exact where the columns can hold it, and said to be too large where they cannot: never wrong in silence. */
function expectExactOrTooLarge(sums: CandleSums, expected: ReferenceCandle): void {
  const fits = expected.volume < LIMIT && expected.quoteVolume < LIMIT;
  expect(fitsColumns(sums)).toBe(fits);
  if (fits) expectNumbers(sums, expected);
}

const profileName = fc.constantFrom(...Object.keys(PROFILES));

describe('the sums of a candle', () => {
  it('equal decimal arithmetic for any trades, split and merged in any way', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        profileName,
        profileName,
        fc.nat(120),
        fc.integer({ min: 1, max: 8 }),
        (seed, price, quantity, count, ways) => {
          const random = new Random(seed);
          const trades = tradesOf(random, count + 1, PROFILES[price]!, PROFILES[quantity]!);
          const expected = referenceCandle(trades, '1s', 0);
          const piles: ReferenceTrade[][] = Array.from({ length: ways }, () => []);
          for (const trade of random.shuffled(trades)) random.pick(piles).push(trade);
          const parts = piles.map((pile) => {
            const sums = emptySums();
            const block = tradeBlock(pile);
            const cut = random.below(pile.length + 1);
            addRows(sums, block, rowsUpTo(cut), 0, cut);
            if (random.chance(0.5)) carry(sums);
            addRows(sums, block, rowsUpTo(pile.length), cut, pile.length);
            return sums;
          });
          while (parts.length > 1) {
            const [from] = parts.splice(random.below(parts.length), 1);
            mergeSums(random.pick(parts), from!);
          }
          const late = tradesOf(random, 3, PROFILES[price]!, PROFILES[quantity]!).map((trade) => ({ ...trade, id: trade.id - 500 }));
          expectExactOrTooLarge(parts[0]!, expected);
          addRows(parts[0]!, tradeBlock(late), rowsUpTo(late.length), 0, late.length);
          expectExactOrTooLarge(parts[0]!, referenceCandle([...trades, ...late], '1s', 0));
        },
      ),
      { numRuns: effort(400) },
    );
  });

  it.each(Object.keys(PROFILES))('stay exact through carries when thousands of trades are %s', (name) => {
    const random = new Random(20_240_808);
    for (const other of ['dust', 'usual', 'fullSmall', 'mixed']) {
      const trades = tradesOf(random, 4_100, PROFILES[name]!, PROFILES[other]!);
      const sums = emptySums();
      addRows(sums, tradeBlock(trades), rowsUpTo(trades.length), 0, trades.length);
      expectExactOrTooLarge(sums, referenceCandle(trades, '1s', 0));
    }
  });

  it('stay exact when trades of all sizes take turns, so that carries meet uncarried rests', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const small = tradesOf(random, 2_500, PROFILES['fullSmall']!, PROFILES['fullSmall']!);
        const wide = tradesOf(random, 40, PROFILES['mixed']!, PROFILES['dust']!);
        // The large volumes of `mixed` quantities stay out: the sum must fit for its digits to be compared.
        const trades = random.shuffled([
          ...small.slice(0, 90),
          ...wide,
          ...small.slice(90).map((trade) => ({ ...trade, quantity: 999_999n })),
        ]);
        const numbered = trades.map((trade, at) => ({ ...trade, id: at }));
        const sums = emptySums();
        addRows(sums, tradeBlock(numbered), rowsUpTo(numbered.length), 0, numbered.length);
        expectExactOrTooLarge(sums, referenceCandle(numbered, '1s', 0));
      }),
      { numRuns: effort(30) },
    );
  });

  it('are the same limbs for the same trades, however they were added', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const trades = tradesOf(random, 200, PROFILES['usual']!, PROFILES['nearBorder']!);
        const [one, other] = [trades, random.shuffled(trades)].map((order) => {
          const sums = emptySums();
          addRows(sums, tradeBlock(order), rowsUpTo(order.length), 0, order.length);
          return sums;
        });
        expect(sameNumbers(one!, other!)).toBe(true);
        const changed = trades.map((trade, at) => (at === 7 ? { ...trade, quantity: trade.quantity + 1n } : trade));
        const wrong = emptySums();
        addRows(wrong, tradeBlock(changed), rowsUpTo(changed.length), 0, changed.length);
        expect(sameNumbers(one!, wrong)).toBe(false);
      }),
      { numRuns: effort(50) },
    );
  });

  it('survive the way through the numbers that a store keeps', () => {
    fc.assert(
      fc.property(fc.integer(), profileName, profileName, (seed, price, quantity) => {
        const random = new Random(seed);
        const trades = tradesOf(random, random.between(1, 30), PROFILES[price]!, PROFILES[quantity]!);
        const expected = referenceCandle(trades, '1s', 0);
        fc.pre(expected.volume < LIMIT && expected.quoteVolume < LIMIT);
        const sums = emptySums();
        addRows(sums, tradeBlock(trades), rowsUpTo(trades.length), 0, trades.length);
        const { count, firstId, lastId, repaired } = expected;
        const back = sumsFrom(candleNumbers(sums), { count, firstId, lastId, repaired });
        expect([...back]).toEqual([...sums]);
        expectNumbers(back, expected);
      }),
      { numRuns: effort(300) },
    );
  });

  it('take nothing from an empty set', () => {
    const sums = emptySums();
    addRows(sums, tradeBlock([{ id: 1, time: 0, price: 5n, quantity: 7n, bought: true, repaired: false }]), rowsUpTo(1), 0, 1);
    mergeSums(sums, emptySums());
    const other = emptySums();
    mergeSums(other, sums);
    expect([...other]).toEqual([...sums]);
    expect(candleNumbers(other)).toMatchObject({ open: 5n, low: 5n, volume: 7n, quoteVolume: 35n, vwap: 5n });
  });
});
