import { expect, it } from 'vitest';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import { checkpointRow, gapRow } from '../../../src/codec/row-json.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { nodeTime } from '../../../src/daemon/node-time.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { createLogger } from '../../../src/logger.js';
import { VenueRecording } from '../../../src/recording/venue-recording.js';
import { CommandLane } from '../../../src/sinks/command-lane.js';
import { MemoryRecordingStore } from '../../support/simulation/memory-store/memory-recording-store.js';
import { MemoryTables } from '../../support/simulation/memory-store/memory-tables.js';
import { seeded } from '../machines/socket-rig.js';

const MARKET = { exchange: 'binance', symbol: 'BTC-USDT' };
const HOUR_US = 3_600_000_000;

it('what a daemon writes counts, though the clock was set back since the rows before it were written', async () => {
  const tables = new MemoryTables();
  const laterUs = Date.now() * 1_000 + HOUR_US;
  const gap = { ...MARKET, first: 10, last: 20, reason: 'missed', state: 'open', openedAt: laterUs, closedAt: null } as const;
  const noted = { ...MARKET, covered: [[1, 50]], empty: [], rejected: [], lastEventTime: 1, clean: false } as const;
  await tables.write(jsonBatch('gaps', [gapRow(gap, laterUs)]));
  await tables.write(jsonBatch('checkpoints', [checkpointRow(noted, laterUs + 5)]));
  const lane = new CommandLane(tables, nodeTime());
  const part = new VenueRecording(binance, [{ symbol: MARKET.symbol, tier: 1 }], loadConfig(null, {}, {}), {
    ...nodeTime(),
    ...{ random: seeded(1), logger: createLogger('silent'), onStep: () => undefined },
    store: () => new MemoryRecordingStore(tables),
    outlet: lane,
    dial: () => {
      throw new Error('There is no network.');
    },
    fetch: () => Promise.reject(new Error('There is no network.')),
  });
  await part.recording.start(() => undefined);
  await part.recording.stop(1_000);
  await lane.drain(1_000);
  expect(tables.gaps.open('binance')).toEqual([]);
  expect(tables.gaps.counts).toEqual({ opened: 1, closed: 1 });
  expect(tables.checkpoints.newest('binance').get(MARKET.symbol)).toMatchObject({ clean: true });
});
