import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import { nodeTime } from '../../../src/daemon/node-time.js';
import type { RecordingStore } from '../../../src/domain/ports/recording-store.js';
import { Stamps } from '../../../src/domain/stamps.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { createLogger } from '../../../src/logger.js';
import { microseconds, openRecorder } from '../../../src/recording/open-recorder.js';
import type { VenueRecorder } from '../../../src/recording/recorder/venue-recorder.js';
import { VenueRecording } from '../../../src/recording/venue-recording.js';
import { CommandLane } from '../../../src/sinks/command-lane.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { MemoryRecordingStore } from '../../support/simulation/memory-store/memory-recording-store.js';
import { MemoryTables } from '../../support/simulation/memory-store/memory-tables.js';
import { seeded } from '../machines/socket-rig.js';

/** One trade each ten seconds. */
const TRADES = 180;

it('candles that are gone come back though the run that noticed it ended before it had compared them', async () => {
  const tables = new MemoryTables();
  const store = new MemoryRecordingStore(tables);
  const first = await startRecorder(tables, store);
  await first.reconciliation.run();
  first.frames(frameBlock(Array.from({ length: TRADES }, (_, at) => frame(at + 1, at * 10_000))));
  await first.drain();
  const before = candleCount(tables);
  expect(before).toBeGreaterThan(TRADES);

  tables.dropCandles();
  // Its process ends before the store has answered.
  const second = recording(tables, { ...withMethods(store), minutesThatDiffer: () => new Promise(() => undefined) });
  await second.recording.start(() => undefined);
  await second.recording.stop(1_000);

  const third = await startRecorder(tables, store);
  expect(await third.reconciliation.run()).toBeGreaterThan(0);
  await third.drain();
  expect(candleCount(tables)).toBe(before);
});

function frame(id: number, atMs: number): { readonly bytes: Uint8Array; readonly receiveTime: bigint } {
  const time = String(BASE_MS + atMs);
  const text = tradeFrame({ E: time, s: 'BTCUSDT', t: String(id), p: '10', q: '1', T: time, m: 'true', M: 'true' }, null);
  return { bytes: bytesOf(text), receiveTime: BigInt(BASE_MS + atMs) * 1_000_000n };
}

let versions = 0;

async function startRecorder(tables: MemoryTables, store: RecordingStore): Promise<VenueRecorder> {
  const report = (error: unknown): never => {
    throw error;
  };
  const clock = { nowNs: () => BigInt(BASE_MS * 1_000 + ++versions) * 1_000n };
  const stamps = new Stamps(() => microseconds(clock));
  const recorder = openRecorder({ clock }, binance, { store, outlet: new CommandLane(tables, nodeTime()), stamps, report });
  await recorder.start();
  return recorder;
}

/** A daemon's recording of the venue, that doubts the stored candles; its sockets are never opened. */
function recording(tables: MemoryTables, store: RecordingStore): VenueRecording {
  return new VenueRecording(binance, [{ symbol: 'BTC-USDT', tier: 1 }], loadConfig(null, {}, {}), {
    ...nodeTime(),
    ...{ random: seeded(1), logger: createLogger('silent'), store: () => store, onStep: () => undefined },
    outlet: new CommandLane(tables, nodeTime()),
    doubted: () => new Set(['candles_data'] as const),
    dial: () => ({ send: () => undefined, close: () => undefined, pause: () => undefined, resume: () => undefined }) as never,
    fetch: () => Promise.reject(new Error('There is no network.')),
  });
}

/** The store's own methods, so that one of them can be another. */
function withMethods(store: MemoryRecordingStore): RecordingStore {
  return {
    foldWindows: (...of) => store.foldWindows(...of),
    candlesAt: (...of) => store.candlesAt(...of),
    windowsAt: (...of) => store.windowsAt(...of),
    timesOf: (...of) => store.timesOf(...of),
    timesOfMany: (...of) => store.timesOfMany(...of),
    recover: (...of) => store.recover(...of),
    cleanStops: (...of) => store.cleanStops(...of),
    minutesThatDiffer: (...of) => store.minutesThatDiffer(...of),
    openGaps: (...of) => store.openGaps(...of),
    newestStamp: (...of) => store.newestStamp(...of),
    storedWithin: (...of) => store.storedWithin(...of),
  };
}

function candleCount(tables: MemoryTables): number {
  return [...tables.candles.values()].reduce((sum, { byOpenTime }) => sum + byOpenTime.size, 0);
}
