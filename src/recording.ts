import type { Outlet, RecorderPorts } from './actors/recorder/recorder-ports.js';
import { encodeCandles } from './codec/arrow-candles.js';
import { encodeTrades } from './codec/arrow-trades.js';
import { batchOf, jsonBatch } from './codec/batch.js';
import { checkpointRow, rejectRow } from './codec/row-json.js';
import type { FoldStore } from './domain/ports.js';

/** Wires what a recorder needs: encoders, what it asks of the store, a way out. */
export function recorderPorts(store: FoldStore, outlet: Outlet, nowUs: () => number, report: RecorderPorts['report']): RecorderPorts {
  return {
    outlet,
    store,
    encode: {
      trades: (blocks) =>
        batchOf(
          'trades_data',
          blocks.reduce((sum, block) => sum + block.length, 0),
          encodeTrades(blocks),
        ),
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
    report,
  };
}
