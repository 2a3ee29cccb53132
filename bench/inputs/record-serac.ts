import type { ClickHouseClient } from '@clickhouse/client';
import { dialWebSocket } from '../../src/actors/dial-websocket.js';
import { FrameCollector } from '../../src/actors/frame-collector.js';
import { RECORDER_DEFAULTS } from '../../src/actors/recorder/recorder-ports.js';
import { SinkOutlet } from '../../src/actors/recorder/sink-outlet.js';
import { VenueRecorder } from '../../src/actors/recorder/venue-recorder.js';
import { systemClock } from '../../src/actors/system-clock.js';
import type { Connection } from '../../src/actors/dial.js';
import { binance } from '../../src/exchanges/binance/index.js';
import { ClickHouseFoldStore } from '../../src/store/queries/fold-store.js';
import { recorderPorts } from '../../src/recording.js';
import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';

const CONNECTION_ID = 1;

/** Records a load as the daemon does, and resolves when all of it is acknowledged. */
export async function recordSerac(url: string, trades: number, client: ClickHouseClient, began: () => void): Promise<void> {
  const clock = systemClock();
  const fail = (error: unknown): never => {
    throw error;
  };
  const outlet = new SinkOutlet(
    { sink: new ClickHouseSink(() => client) },
    { clock, random: Math.random, onRefused: (_batch, error) => fail(error) },
  );
  let connection: Connection | undefined;
  const ports = recorderPorts(new ClickHouseFoldStore(client), outlet, () => Number(clock.nowNs() / 1_000n), fail);
  const onBacklog = (full: boolean): void => (full ? connection?.pause() : connection?.resume());
  const recorder = new VenueRecorder(binance, { ...ports, onBacklog }, RECORDER_DEFAULTS);
  await recorder.start();
  const flushing = setInterval(() => recorder.flush(), RECORDER_DEFAULTS.batchAgeMs);
  await new Promise<void>((resolve, reject) => {
    const collector = new FrameCollector(CONNECTION_ID, {
      nowNs: clock.nowNs,
      afterChunk: (run) => process.nextTick(run),
      afterTurn: (run) => setImmediate(run),
      onFrames: (block) => {
        recorder.frames(block);
        if (recorder.counters.decoded >= trades) resolve();
      },
    });
    connection = dialWebSocket({ nowMs: () => clock.now() })(url, {
      onOpen: began,
      onFrame: (frame) => collector.take(frame),
      onFrames: (bytes, bounds, count) => collector.takeAll(bytes, bounds, count),
      onSignOfLife: () => undefined,
      onEnd: (end) => reject(new Error(`the connection ended: ${JSON.stringify(end)}`)),
    });
  });
  clearInterval(flushing);
  await recorder.drain();
  connection?.terminate();
}
