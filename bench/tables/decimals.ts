import { candleNumbers } from '../../src/domain/candle.js';
import { addRows } from '../../src/domain/add-rows.js';
import { emptySums } from '../../src/domain/candle-sums.js';
import { formatDecimal, PRODUCT_SCALE, SCALE } from '../../src/domain/decimal.js';
import { SIDE, type TradeBlock } from '../../src/domain/trade-block.js';
import type { BenchTable, Contender } from '../harness/contender.js';
import { measure } from '../harness/measure.js';
import { decodedBlocks } from '../inputs/decoded-blocks.js';
import { bigIntSums } from '../naive/big-int-sums.js';
import { floatSums } from '../naive/float-sums.js';
import type { ReadyTrade, SimpleSums } from '../naive/simple-sums.js';
import { absentNotes } from '../peers/absent-notes.js';
import { decimalSums } from '../peers/decimal-sums.js';
import { loadDecimal } from '../peers/load-decimal.js';

const ROWS = 65_536;
/** A run has to last some milliseconds. */
const PASSES = 16;
/** Blocks for BigInt and the library: about a tenth of the trades. */
const FEW_BLOCKS = 4;
/** A sum of products has 24 digits behind the point, and up to 26 before it. */
const DECIMAL_DIGITS = 50;
const FLOAT_ERROR_MAX = 1e-9;

const [FLOATS, BIGINT, DECIMAL, SERAC] = ['floats (not exact)', 'BigInt per trade', 'decimal.js', 'serac, limbs'];

/** Sums of prices and quantities, exact to the last digit. */
export const decimalsTable: BenchTable = {
  name: 'decimals',
  title: 'Decimals: the sums of a candle',
  about: [
    'Open, high, low, close, volume, quote volume (the sum of price times quantity, 24 digits behind the point) and the same of the takers that',
    'bought, over trades of one market whose numbers are ready: limbs in columns as src/domain/candle-sums.ts has them, BigInts in units of 10^-12,',
    `decimal.js with ${DECIMAL_DIGITS} digits, floats. The exact ways have to agree in every digit. Floats show what exactness costs: they are not exact.`,
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 5,
  warmups: 1,
  targets: [],
  async prepare() {
    const blocks = decodedBlocks(ROWS, 1);
    const few = blocks.slice(0, FEW_BLOCKS);
    const trades = readyTrades(blocks, (value) => value);
    const fewTrades = readyTrades(few, (value) => value);
    const floats = readyTrades(blocks, (value) => Number(formatDecimal(value, SCALE)));
    const [expected, fewExpected] = [bigIntSums(trades), bigIntSums(fewTrades)].map(digits) as [string, string];
    const Decimal = await loadDecimal(DECIMAL_DIGITS);
    const all = blocks.reduce((sum, block) => sum + block.length, 0);
    const rows = Int32Array.from({ length: Math.max(...blocks.map(({ length }) => length)) }, (_, row) => row);
    return {
      notes: absentNotes({ 'decimal.js': Decimal }),
      contenders: [
        exact(BIGINT, fewTrades.length, fewExpected, () => digits(bigIntSums(fewTrades))),
        ...(Decimal === undefined ? [] : [library(Decimal, few, fewExpected)]),
        {
          name: FLOATS,
          run: () => measure(FLOATS, floats.length * PASSES, () => repeat(PASSES, () => close(floatSums(floats), expected))),
        },
        {
          ...exact(SERAC, all, expected, () => {
            const sums = emptySums();
            for (const block of blocks) addRows(sums, block, rows, 0, block.length);
            return digits(candleNumbers(sums));
          }),
          against: [BIGINT, DECIMAL, FLOATS],
        },
      ],
    };
  },
};

function exact(name: string, trades: number, expected: string, sum: () => string): Contender {
  const once = (): void => {
    const found = sum();
    if (found !== expected) throw new Error(`${name}: ${found} instead of ${expected}`);
  };
  return { name, run: () => measure(name, trades * PASSES, () => repeat(PASSES, once)) };
}

function library(
  Decimal: NonNullable<Awaited<ReturnType<typeof loadDecimal>>>,
  blocks: readonly TradeBlock[],
  expected: string,
): Contender {
  const trades = readyTrades(blocks, (value) => new Decimal(formatDecimal(value, SCALE)));
  const zero = new Decimal('0');
  return exact(DECIMAL, trades.length, expected, () => text(decimalSums(zero, trades), (value) => value.toFixed()));
}

function readyTrades<T>(blocks: readonly TradeBlock[], value: (units: bigint) => T): ReadyTrade<T>[] {
  return blocks.flatMap((block) =>
    Array.from({ length: block.length }, (_, row) => ({
      price: value(block.price(row)),
      quantity: value(block.quantity(row)),
      bought: block.side[row] === SIDE.buy,
    })),
  );
}

function repeat(times: number, work: () => void): void {
  for (let pass = 0; pass < times; pass++) work();
}

/** Every number with all its digits. */
function digits(sums: SimpleSums<bigint>): string {
  return text(sums, (value, scale) => formatDecimal(value, scale));
}

function text<T>(sums: SimpleSums<T>, write: (value: T, scale: number) => string): string {
  const { open, high, low, close: last, volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume } = sums;
  return [
    ...[open, high, low, last, volume, takerBuyVolume].map((value) => write(value, SCALE)),
    ...[quoteVolume, takerBuyQuoteVolume].map((value) => write(value, PRODUCT_SCALE)),
  ].join(' ');
}

function close(sums: SimpleSums<number>, expected: string): void {
  const exactly = expected.split(' ').map(Number);
  const found = text(sums, String).split(' ').map(Number);
  if (found.some((value, at) => Math.abs(value / exactly[at]! - 1) > FLOAT_ERROR_MAX)) throw new Error(`${FLOATS}: ${found.join(' ')}`);
}
