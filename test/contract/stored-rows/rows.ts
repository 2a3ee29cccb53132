import { encodeCandles, encodeTrades } from '../../../src/codec/arrow-tables.js';
import { batchOf, jsonBatch } from '../../../src/sinks/encode-batch.js';
import { checkpointRow, gapRow } from '../../../src/codec/row-json.js';
import { AT, type CandleSums } from '../../../src/domain/candle-sums.js';
import { type Candle, candleNumbers, type CandleState, type Completeness, type Interval, sumsFrom } from '../../../src/domain/candle.js';
import type { IdRange } from '../../../src/domain/id-intervals.js';
import type { Reader } from '../../../src/domain/ports/reader.js';
import type { RecordingStore } from '../../../src/domain/ports/recording-store.js';
import type { Batch, Sink } from '../../../src/domain/ports/sink.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { ORIGIN, type Origin, SIDE, type Side, TradeBlock } from '../../../src/domain/trade-block.js';
import { referenceCandle, type ReferenceCandle } from '../../support/core/reference.js';

/** A store as the daemon sees it: the way in, what recording asks, what people read. */
export interface OpenedRows {
  readonly sink: Sink;
  readonly store: RecordingStore;
  readonly reader: Reader;
  readonly close: () => Promise<void>;
}

/** Midnight, us: all windows open here. */
export const T0 = Date.UTC(2024, 7, 9) * 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const DAY = 86_400 * SECOND;

/** Units of 10^-12. */
export const units = (text: string): bigint => {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole! + fraction.padEnd(12, '0'));
};

export interface TestTrade {
  readonly id: number;
  /** us. */
  readonly time: number;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly side: Side;
  readonly origin: Origin;
  readonly receiveTime: bigint;
  readonly sequence: number;
  readonly connectionId: number;
}

/** A trade of which only some things matter; the others follow from its id. */
export function trade(id: number, time: number, given: Partial<TestTrade> = {}): TestTrade {
  return {
    ...{ id, time, price: BigInt(100 + (id % 7)) * 10n ** 12n + BigInt(id % 1_000), quantity: BigInt(1 + (id % 5)) * 10n ** 11n },
    ...{ side: id % 3 === 0 ? 'sell' : 'buy', origin: 'live', receiveTime: BigInt(time) * 1_000n + 5n, sequence: -1, connectionId: 1 },
    ...given,
  };
}

/** So many trades, one every so many us. */
export function trades(firstId: number, count: number, from: number, everyUs: number): TestTrade[] {
  return Array.from({ length: count }, (_, index) => trade(firstId + index, from + index * everyUs));
}

const LIMB = 10n ** 12n;

/** A batch of one market's trades, in the order given. */
export function tradeBatch(exchange: string, symbol: string, rows: readonly TestTrade[]): Batch {
  const symbols = new SymbolTable(exchange);
  const code = symbols.codeOf(symbol);
  const blocks = rows.map((row) => {
    const block = new TradeBlock(symbols, row.connectionId, 1);
    block.symbol[0] = code;
    block.id[0] = row.id;
    block.eventTime[0] = row.time;
    block.priceWhole[0] = Number((row.price / LIMB) % LIMB);
    block.priceFraction[0] = Number(row.price % LIMB);
    block.quantityWhole[0] = Number((row.quantity / LIMB) % LIMB);
    block.quantityFraction[0] = Number(row.quantity % LIMB);
    if (row.price >= LIMB * LIMB) block.setPriceHigh(0, Number(row.price / (LIMB * LIMB)));
    if (row.quantity >= LIMB * LIMB) block.setQuantityHigh(0, Number(row.quantity / (LIMB * LIMB)));
    block.sequence[0] = row.sequence;
    block.receiveTime[0] = row.receiveTime;
    block.side[0] = SIDE[row.side];
    block.origin[0] = ORIGIN[row.origin];
    block.length = 1;
    return block;
  });
  return batchOf('trades_data', rows.length, encodeTrades(blocks));
}

/** The candle that trades of one window add up to. */
export function candle(
  [exchange, symbol, interval]: readonly [string, string, Interval],
  openTime: number,
  of: readonly TestTrade[],
  said: { readonly completeness?: Completeness; readonly state?: CandleState; readonly revision?: number } = {},
): Candle {
  const numbers = expected(of, interval, openTime);
  const { completeness = 'complete', state = 'final', revision = 0 } = said;
  return { exchange, symbol, interval, openTime, sums: sumsFrom(numbers, numbers), revision, state, completeness };
}

export function candleBatch(...candles: readonly Candle[]): Batch {
  return batchOf('candles_data', candles.length, encodeCandles(candles));
}

export interface TestCheckpoint {
  readonly covered: readonly IdRange[];
  readonly empty?: readonly IdRange[];
  readonly rejected?: readonly IdRange[];
  /** us. */
  readonly lastEventTime: number;
  readonly clean?: boolean;
  /** us. */
  readonly savedAt: number;
}

export function checkpointBatch(exchange: string, symbol: string, { covered, lastEventTime, savedAt, ...given }: TestCheckpoint): Batch {
  const { empty = [], rejected = [], clean = false } = given;
  return jsonBatch('checkpoints', [checkpointRow({ exchange, symbol, covered, empty, rejected, lastEventTime, clean }, savedAt)]);
}

/** @param saidAt us: the later word counts */
export function gapBatch(
  exchange: string,
  symbol: string,
  [first, last]: readonly [number, number | null],
  state: string,
  saidAt: number,
): Batch {
  const closedAt = state === 'closed' ? saidAt : null;
  return jsonBatch('gaps', [gapRow({ exchange, symbol, first, last, openedAt: T0, reason: 'missed', state, closedAt }, saidAt)]);
}

/** What trades add up to by the reference. */
export function expected(of: readonly TestTrade[], interval: Interval, openTime: number): ReferenceCandle {
  const rows = of.map((row) => ({
    ...{ symbol: '', id: row.id, time: row.time, price: row.price, quantity: row.quantity },
    ...{ bought: row.side === 'buy', repaired: row.origin === 'backfill' || row.origin === 'import' },
  }));
  return referenceCandle(rows, interval, openTime);
}

/** Sums in the reference's words. */
export function said(sums: CandleSums, interval: Interval, openTime: number): ReferenceCandle {
  const { count, firstId, lastId, repaired } = AT;
  return {
    ...{ symbol: '', interval, openTime, ...candleNumbers(sums) },
    ...{ count: sums[count]!, firstId: sums[firstId]!, lastId: sums[lastId]!, repaired: sums[repaired]! },
  };
}
