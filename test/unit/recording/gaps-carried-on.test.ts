import { expect, it } from 'vitest';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import { gapRow } from '../../../src/codec/row-json.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { nodeTime } from '../../../src/daemon/node-time.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { createLogger } from '../../../src/logger.js';
import { VenueRecording } from '../../../src/recording/venue-recording.js';
import { CommandLane } from '../../../src/sinks/command-lane.js';
import { MemoryRecordingStore } from '../../support/simulation/memory-store/memory-recording-store.js';
import { MemoryTables } from '../../support/simulation/memory-store/memory-tables.js';
import { seeded } from '../machines/socket-rig.js';

const MARKET = { exchange: 'binance', symbol: 'BTC-USDT' };

it('a gap before all trades that are left stands in the feed too, and is not forgotten when the table that lists it is gone', async () => {
  let tables = new MemoryTables();
  const nowUs = Date.now() * 1_000;
  const gap = { ...MARKET, first: 1, last: 40, reason: 'damaged', state: 'open', openedAt: nowUs, closedAt: null } as const;
  await tables.write(jsonBatch('gaps', [gapRow(gap, nowUs)]));
  const clock = systemClock();
  const lane = new CommandLane({ name: 'memory', write: (batch) => tables.write(batch), close: () => Promise.resolve() }, nodeTime());
  const part = new VenueRecording(binance, [{ symbol: MARKET.symbol, tier: 1 }], loadConfig(null, {}, {}), {
    ...{ clock, random: seeded(1), logger: createLogger('silent'), onStep: () => undefined },
    store: () => new MemoryRecordingStore(tables),
    outlet: lane,
    dial: () => {
      throw new Error('There is no network.');
    },
    fetch: () => Promise.reject(new Error('There is no network.')),
  });
  await part.recording.start(() => undefined);
  const holes = (): unknown => part.feeds()[0]!.holes;
  expect(part.gaps()).toMatchObject([{ first: 1, last: 40, state: 'open' }]);
  expect(holes()).toEqual([[1, 40]]);
  expect(part.feeds()[0]!.continuity).toBe('gap');

  tables = new MemoryTables();
  await part.resumeFromStore();
  expect(part.gaps()).toMatchObject([{ first: 1, last: 40, state: 'open' }]);
  expect(holes()).toEqual([[1, 40]]);
  await part.recording.stop(1_000);
  await lane.drain(1_000);
  expect(await new MemoryRecordingStore(tables).openGaps('binance')).toMatchObject([{ first: 1, last: 40 }]);
});
