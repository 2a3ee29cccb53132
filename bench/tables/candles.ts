import { type Candle, candleNumbers, INTERVALS } from '../../src/domain/candle.js';
import { AT } from '../../src/domain/candle-sums.js';
import { formatDecimal, PRODUCT_SCALE, SCALE } from '../../src/domain/decimal.js';
import type { TradeBlock } from '../../src/domain/trade-block.js';
import type { BenchTable, Contender } from '../harness/contender.js';
import { measure } from '../harness/measure.js';
import { asDecoded } from '../inputs/as-decoded.js';
import { rowsOf } from '../inputs/copy-rows.js';
import { decodedBlocks } from '../inputs/decoded-blocks.js';
import { foldBlocks } from '../inputs/fold-blocks.js';
import { PlainCandles } from '../naive/plain-candles.js';
import { absentNotes } from '../peers/absent-notes.js';
import { countTrades } from '../peers/ccxt-candles.js';
import { loadCcxt, type CcxtBinance } from '../peers/load-ccxt.js';

const ROWS = 131_072;
const SYMBOLS = 4;
const FLOAT_ERROR_MAX = 1e-9;

/** A run has to last a tenth of a second. */
const PASSES = 4;

const [PLAIN, CCXT, SERAC] = ['float candles in a Map', 'ccxt buildOHLCVC, 1m alone', 'serac'];

interface ReadyTrade {
  readonly symbol: string;
  readonly timestamp: number;
  readonly price: number;
  readonly amount: number;
}

/** Trades to candles. */
export const candlesTable: BenchTable = {
  name: 'candles',
  title: 'Candles: columns to candles at eight intervals',
  about: [
    'Windows and OHLCV with exact sums and proofs of completeness from ready columns, through src/streams/fold-candles.ts, behind the dedup that knows',
    'the ids. The naive way has ready objects with floats and keeps a float candle of each symbol and interval, in place, in a Map. ccxt has ready',
    'objects too, on a tenth of the input, and makes candles of one interval alone (1m), so it does an eighth of the work. Four symbols. That',
    'there are objects costs nothing here: the table shows what exact sums and proofs cost beside floats; what parsing costs, the pipeline shows.',
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 5,
  warmups: 1,
  targets: [],
  async prepare() {
    const blocks = decodedBlocks(ROWS, SYMBOLS);
    const trades = readyTrades(blocks);
    const decoded = blocks.map(asDecoded);
    const ccxt = await loadCcxt([]);
    const candles = foldBlocks(decoded);
    expectAlike(candles, trades);
    return {
      notes: absentNotes({ ccxt }),
      contenders: [
        { name: PLAIN, run: () => measure(PLAIN, trades.length * PASSES, () => repeat(() => plain(trades))) },
        ...(ccxt === undefined ? [] : [peer(ccxt, trades)]),
        {
          name: SERAC,
          against: [PLAIN, CCXT],
          run: () =>
            measure(SERAC, trades.length * PASSES, () =>
              repeat(() => {
                const found = foldBlocks(decoded);
                if (found.length !== candles.length) throw new Error(`${found.length} instead of ${candles.length} candles`);
                return found;
              }),
            ),
        },
      ],
    };
  },
};

/** Gives what the last pass gave. */
function repeat<T>(work: () => T): T {
  for (let pass = 1; pass < PASSES; pass++) work();
  return work();
}

function plain(trades: readonly ReadyTrade[]): PlainCandles {
  const candles = new PlainCandles();
  for (const { symbol, price, amount, timestamp } of trades) candles.add(symbol, price, amount, timestamp);
  if (candles.count() !== trades.length * INTERVALS.length) throw new Error(`${candles.count()} trades were counted`);
  return candles;
}

function peer(ccxt: CcxtBinance, trades: readonly ReadyTrade[]): Contender {
  const few = trades.slice(0, trades.length / 10);
  const bySymbol = [...new Set(few.map(({ symbol }) => symbol))].map((name) => few.filter(({ symbol }) => symbol === name));
  return {
    name: CCXT,
    run: () =>
      measure(CCXT, few.length, () => {
        const candles = bySymbol.map((own) => ccxt.buildOHLCVC(own, '1m'));
        const counted = countTrades(candles.flat());
        if (counted !== few.length) throw new Error(`ccxt counted ${counted} of ${few.length} trades`);
        return candles;
      }),
  };
}

function readyTrades(blocks: readonly TradeBlock[]): ReadyTrade[] {
  return rowsOf(blocks).map(([block, row]) => ({
    symbol: block.symbols.nameOf(block.symbol[row]!),
    timestamp: block.eventTime[row]! / 1_000,
    price: Number(formatDecimal(block.price(row), SCALE)),
    amount: Number(formatDecimal(block.quantity(row), SCALE)),
  }));
}

/** Both ways have to make the same candles, as far as floats can tell, and most of the windows have to be closed. */
function expectAlike(candles: readonly Candle[], trades: readonly ReadyTrade[]): void {
  const { closed } = plain(trades);
  const keyOf = (values: readonly number[]): string => values.join(' ');
  const found = new Map(
    closed.map((candle) => [keyOf([candle.openTime, candle.count, candle.open, candle.high, candle.low, candle.close]), candle]),
  );
  const number = (value: bigint, scale: number): number => Number(formatDecimal(value, scale));
  for (const { openTime, sums } of candles) {
    const numbers = candleNumbers(sums);
    const prices = [numbers.open, numbers.high, numbers.low, numbers.close].map((value) => number(value, SCALE));
    const key = keyOf([openTime / 1_000, sums[AT.count]!, ...prices]);
    const candle = found.get(key);
    const volumes = [
      number(numbers.volume, SCALE) / (candle?.volume ?? NaN),
      number(numbers.quoteVolume, PRODUCT_SCALE) / (candle?.quoteVolume ?? NaN),
    ];
    if (!volumes.every((ratio) => Math.abs(ratio - 1) < FLOAT_ERROR_MAX)) throw new Error(`the naive way has no candle ${key}`);
  }
  if (candles.length < closed.length / 2) throw new Error(`${candles.length} candles were closed, and ${closed.length} the naive way`);
}
