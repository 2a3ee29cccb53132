import { createCipheriv } from 'node:crypto';
import { encodeCandles, encodeTrades, encodeTradesInSteps } from '../codec/arrow-tables.js';
import { rowsOfStream } from '../codec/arrow-columns.js';
import type { Candle } from '../domain/candle.js';
import { BufferPool } from '../domain/memory.js';
import type { Batch } from '../domain/ports/sink.js';
import { rowsBetween } from '../domain/trade-block.js';
import type { CandlesParcel, LinesParcel, Parcel, TradesParcel } from './parcel.js';

/** Wraps encoded rows; the token is a hash of the bytes, so that only identical rows sent again are dropped as duplicates. */
export function batchOf(table: Batch['table'], rows: number, bytes: Uint8Array): Batch {
  return { table, rows, format: 'ArrowStream', bytes, token: batchToken(bytes) };
}

/** Few and varied rows, as JSON lines; the keys are the columns. */
export function jsonBatch(table: Batch['table'], rows: readonly object[]): Batch {
  return linesBatch(
    table,
    rows.map((row) => JSON.stringify(row)),
  );
}

/** The same of rows that are lines of JSON already. */
function linesBatch(table: Batch['table'], lines: readonly string[]): Batch {
  const bytes = Buffer.from(lines.join('\n') + '\n');
  return {
    ...{ table, rows: lines.length, format: 'JSONEachRow', bytes, token: batchToken(bytes) },
    // From the bytes: the rows themselves need not stay in memory for what hardly ever happens.
    part: (from, to) => ({ ...linesBatch(table, bytes.toString().split('\n').slice(from, to)), isPart: true }),
  };
}

/** A batch of which the bytes alone are left, so that it can be divided as those that were just made. */
export function divisible(batch: Omit<Batch, 'part'>): Batch {
  const { table, bytes, format } = batch;
  const piece =
    format === 'JSONEachRow'
      ? (from: number, to: number) => linesBatch(table, Buffer.from(bytes).toString().split('\n').slice(from, to))
      : (from: number, to: number) => batchOf(table, to - from, rowsOfStream(bytes, from, to));
  return { ...batch, part: (from, to) => ({ ...piece(from, to), isPart: true }) };
}

const KEY = Buffer.from('serac batch 0001', 'latin1');
const NONCE = Buffer.alloc(12);

/**
 * Identifies these bytes: a 128-bit hash, the same in every process, as 32 hexadecimal digits. It is the authenticator of AES-GCM (GMAC),
 * because processors compute it four times as fast as SHA-1. The key is not secret: an attacker who chose every byte of a batch could make
 * two with one token, but a batch holds our own receive times and connection ids.
 */
export function batchToken(bytes: Uint8Array): string {
  const cipher = createCipheriv('aes-128-gcm', KEY, NONCE);
  cipher.setAAD(bytes);
  cipher.final();
  return cipher.getAuthTag().toString('hex');
}

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
