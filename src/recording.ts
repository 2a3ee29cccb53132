import type { ClickHouseClient } from '@clickhouse/client';
import type { Outlet, RecorderPorts } from './actors/recorder/recorder-ports.js';
import { encodeCandles } from './codec/arrow-candles.js';
import { encodeTrades } from './codec/arrow-trades.js';
import { batchOf, jsonBatch } from './codec/batch.js';
import { checkpointRow, rejectRow } from './codec/row-json.js';
import { ClickHouseFoldStore } from './store/queries/fold-store.js';

/** Wires what a recorder needs: encoders, the store's queries, a way out. */
export function recorderPorts(
  client: ClickHouseClient,
  outlet: Outlet,
  nowUs: () => number,
  report: RecorderPorts['report'],
): RecorderPorts {
  return {
    outlet,
    store: new ClickHouseFoldStore(client),
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
