import { encodeCandles } from '../codec/arrow-candles.js';
import { encodeTrades, encodeTradesInSteps } from '../codec/arrow-trades.js';
import { batchOf, linesBatch } from '../codec/batch.js';
import type { Candle } from '../domain/candle.js';
import type { Batch } from '../domain/ports/sink.js';
import { BufferPool } from '../domain/memory.js';
import { rowsBetween } from '../domain/trade-block.js';
import type { CandlesParcel, LinesParcel, Parcel, TradesParcel } from './parcel.js';

/** A batch that is encoded step by step; it is complete after the last one. */
export type BatchInSteps = Iterator<undefined, Batch, undefined>;

/** Makes one batch of parcels of one table; trades are of one symbol table, too. */
export type ParcelEncoder = (parcels: readonly Parcel[]) => BatchInSteps;

/** Memory kept for later batches: one of the largest, which is released while another is made. */
const BATCH_MEMORY_MAX_BYTES = 32 * 1_048_576;

/** Encodes in the formats that ClickHouse reads fastest: columns as Arrow, the few rows of other tables as JSON. */
export function arrowEncoder(): ParcelEncoder {
  const memory = new BufferPool(BATCH_MEMORY_MAX_BYTES);
  return function* (parcels) {
    const { table } = parcels[0]!;
    if (table === 'trades_data') return yield* tradesBatch(parcels as readonly TradesParcel[], memory);
    if (table === 'candles_data') return candlesBatch((parcels as readonly CandlesParcel[]).flatMap(({ candles }) => candles));
    return linesBatch(
      table,
      (parcels as readonly LinesParcel[]).flatMap(({ lines }) => lines),
    );
  };
}

function* tradesBatch(parcels: readonly TradesParcel[], memory: BufferPool): Generator<undefined, Batch, undefined> {
  const blocks = parcels.map(({ trades }) => trades);
  const rows = blocks.reduce((sum, { length }) => sum + length, 0);
  const bytes = yield* encodeTradesInSteps(blocks, (length) => new Uint8Array(memory.take(length), 0, length));
  return {
    ...batchOf('trades_data', rows, bytes),
    part: (from, to) => ({ ...batchOf('trades_data', to - from, encodeTrades(rowsBetween(blocks, from, to))), isPart: true }),
    release: () => memory.give(bytes.buffer),
  };
}

function candlesBatch(candles: readonly Candle[]): Batch {
  return {
    ...batchOf('candles_data', candles.length, encodeCandles(candles)),
    part: (from, to) => ({ ...batchOf('candles_data', to - from, encodeCandles(candles.slice(from, to))), isPart: true }),
  };
}

/** Runs all steps at once. */
export function encodeAtOnce(steps: BatchInSteps): Batch {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
