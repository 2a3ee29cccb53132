import { encodeCandles } from '../codec/arrow-candles.js';
import { encodeTradesInSteps } from '../codec/arrow-trades.js';
import { batchOf, jsonBatch } from '../codec/batch.js';
import { checkpointRow, rejectRow } from '../codec/row-json.js';
import type { FoldStore } from '../domain/ports/recording-store.js';
import { SpareMemory } from '../domain/spare-memory.js';
import type { RecorderPorts } from '../recording/recorder/recorder-ports.js';
import type { Outlet } from './outlet.js';

/** Memory of batches that is kept for the next ones: one of the largest, which comes back while another is made. */
const BATCH_MEMORY_MAX_BYTES = 32 * 1_048_576;

/** Wires what a recorder needs: encoders, what it asks of the store, a way out. */
export function recorderPorts(store: FoldStore, outlet: Outlet, nowUs: () => number, report: RecorderPorts['report']): RecorderPorts {
  const memory = new SpareMemory(BATCH_MEMORY_MAX_BYTES);
  return {
    outlet,
    store,
    encode: {
      *trades(blocks) {
        const rows = blocks.reduce((sum, block) => sum + block.length, 0);
        const bytes = yield* encodeTradesInSteps(blocks, (length) => new Uint8Array(memory.take(length), 0, length));
        return { ...batchOf('trades_data', rows, bytes), release: () => memory.give(bytes.buffer) };
      },
      candles: (candles) => batchOf('candles_data', candles.length, encodeCandles(candles)),
      rejects: (rejects) =>
        jsonBatch(
          'rejects',
          rejects.map((reject) => rejectRow(reject, nowUs())),
        ),
      checkpoints: (checkpoints) =>
        jsonBatch(
          'checkpoints',
          checkpoints.map((checkpoint) => checkpointRow(checkpoint, nowUs())),
        ),
    },
    nowUs,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    report,
  };
}
