import { encodeCandles } from '../codec/arrow-candles.js';
import { encodeTrades, encodeTradesInSteps } from '../codec/arrow-trades.js';
import { batchOf, jsonBatch } from '../codec/batch.js';
import { checkpointRow, rejectRow } from '../codec/row-json.js';
import type { Candle } from '../domain/candle.js';
import type { Checkpoint } from '../domain/ports/recording-store.js';
import type { Batch } from '../domain/ports/sink.js';
import type { Reject } from '../domain/reject.js';
import { BufferPool } from '../domain/memory.js';
import { rowsBetween, type TradeBlock } from '../domain/trade-block.js';
import type { BatchInSteps } from './outlet.js';

/** Encodes columns to the bytes of a batch. */
export interface RecordEncoder {
  trades(blocks: readonly TradeBlock[]): BatchInSteps;
  candles(candles: readonly Candle[]): Batch;
  rejects(rejects: readonly Reject[]): Batch;
  checkpoints(checkpoints: readonly Checkpoint[]): Batch;
}

/** Memory kept for later batches: one of the largest, which is released while another is made. */
const BATCH_MEMORY_MAX_BYTES = 32 * 1_048_576;

function candleBatch(candles: readonly Candle[]): Batch {
  return {
    ...batchOf('candles_data', candles.length, encodeCandles(candles)),
    part: (from, to) => ({ ...batchOf('candles_data', to - from, encodeCandles(candles.slice(from, to))), isPart: true }),
  };
}

/**
 * Encodes in the formats that ClickHouse reads fastest: columns as Arrow, the few rows of other tables as JSON.
 * @param nowUs us since the epoch
 * @param stamp of the next row of which the newest one counts, us
 */
export function arrowEncoder(nowUs: () => number, stamp: () => number): RecordEncoder {
  const memory = new BufferPool(BATCH_MEMORY_MAX_BYTES);
  return {
    *trades(blocks) {
      const rows = blocks.reduce((sum, block) => sum + block.length, 0);
      const bytes = yield* encodeTradesInSteps(blocks, (length) => new Uint8Array(memory.take(length), 0, length));
      return {
        ...batchOf('trades_data', rows, bytes),
        part: (from, to) => ({ ...batchOf('trades_data', to - from, encodeTrades(rowsBetween(blocks, from, to))), isPart: true }),
        release: () => memory.give(bytes.buffer),
      };
    },
    candles: candleBatch,
    rejects: (rejects) =>
      jsonBatch(
        'rejects',
        rejects.map((reject) => rejectRow(reject, nowUs())),
      ),
    checkpoints: (checkpoints) =>
      jsonBatch(
        'checkpoints',
        checkpoints.map((checkpoint) => checkpointRow(checkpoint, stamp())),
      ),
  };
}
