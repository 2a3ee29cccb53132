import { expect, it } from 'vitest';
import { Stamps } from '../../../src/domain/stamps.js';
import type { LostFrames } from '../../../src/exchanges/venue.js';
import { coinbase } from '../../../src/exchanges/coinbase/index.js';
import { nodeTime } from '../../../src/daemon/node-time.js';
import { openRecorder } from '../../../src/recording/open-recorder.js';
import type { VenueRecorder } from '../../../src/recording/recorder/venue-recorder.js';
import { CommandLane } from '../../../src/sinks/command-lane.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { COINBASE_BASE_US, coinbaseFrame, trimmedIso } from '../../support/core/coinbase-frames.js';
import { MemoryRecordingStore } from '../../support/simulation/memory-store/memory-recording-store.js';
import { MemoryTables } from '../../support/simulation/memory-store/memory-tables.js';

const tables = new MemoryTables();

it('frames of a connection that stays open while its recorder is replaced are not taken for lost; those lost later are', async () => {
  const first = await startRecorder(null);
  expect(lostOf(first, 0, 1, 2)).toEqual([]);
  await first.drain();
  const second = await startRecorder(first);
  expect(lostOf(second, 5, 6)).toEqual([]);
  expect(lostOf(second, 9)).toEqual([{ first: 7, last: 8, count: 2 }]);
  // One that was silent under the second recorder is as open as before.
  const third = await startRecorder(await startRecorder(second));
  expect(lostOf(third, 20)).toEqual([]);
});

async function startRecorder(before: VenueRecorder | null): Promise<VenueRecorder> {
  const report = (error: unknown): never => {
    throw error;
  };
  const world = { clock: { nowNs: () => BigInt(COINBASE_BASE_US) * 1_000n } };
  const store = new MemoryRecordingStore(tables);
  const stamps = new Stamps(() => COINBASE_BASE_US);
  const recorder = openRecorder(world, coinbase, { store, outlet: new CommandLane(tables, nodeTime()), stamps, report, before });
  await recorder.start();
  return recorder;
}

/** What is missing before frames with these numbers. */
function lostOf(recorder: VenueRecorder, ...numbers: number[]): LostFrames[] {
  const lost: LostFrames[] = [];
  const listening = recorder.decoded$.subscribe(({ lostFrames }) => {
    if (lostFrames !== undefined) lost.push(lostFrames);
  });
  for (const number of numbers) {
    const time = trimmedIso(COINBASE_BASE_US);
    const trade = { product: 'BTC-USD', id: 100 + number, price: '10', size: '1', time, side: 'BUY' };
    const bytes = bytesOf(coinbaseFrame('update', number, time, [trade]));
    recorder.frames(frameBlock([{ bytes, receiveTime: BigInt(COINBASE_BASE_US) * 1_000n }]));
  }
  listening.unsubscribe();
  return lost;
}
