import type { ClickHouseClient } from '@clickhouse/client';
import { nodeTime } from '../../src/daemon/node-time.js';
import { Stamps } from '../../src/domain/stamps.js';
import { binance } from '../../src/exchanges/binance/index.js';
import { microseconds, openRecorder } from '../../src/recording/open-recorder.js';
import { RECORDER_DEFAULTS } from '../../src/recording/recorder/recorder-ports.js';
import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import { Lane } from '../../src/sinks/lane.js';
import type { Connection } from '../../src/sources/websocket/dial.js';
import { ClickHouseFoldStore } from '../../src/store/queries/fold-store.js';
import type { Latencies } from './latencies.js';
import { listenToLoad } from './listen-to-load.js';

/** Records a load as the daemon does, and resolves when all of it is acknowledged. */
export async function recordSerac(
  url: string,
  trades: number,
  client: ClickHouseClient,
  began: () => void,
  latencies?: Latencies,
): Promise<void> {
  const world = nodeTime();
  const { clock } = world;
  const fail = (error: unknown): never => {
    throw error;
  };
  const outlet = new Lane({ sink: new ClickHouseSink(client) }, { ...world, random: Math.random, onRefused: ({ error }) => fail(error) });
  let connection: Connection | undefined;
  const stamps = new Stamps(() => microseconds(clock));
  const recorder = openRecorder(world, binance, {
    ...{ outlet, stamps, store: new ClickHouseFoldStore(client), report: fail },
    onBacklog: (full) => (full ? connection?.pause() : connection?.resume()),
  });
  await recorder.start();
  const flushing = setInterval(() => recorder.flush(), RECORDER_DEFAULTS.batchAgeMs);
  await new Promise<void>((resolve, reject) => {
    connection = listenToLoad(url, clock, {
      onOpen: began,
      onBlock: (block) => {
        recorder.frames(block);
        latencies?.reached(recorder.counters.decoded);
        if (recorder.counters.decoded >= trades) resolve();
      },
      onFailure: reject,
    });
  });
  clearInterval(flushing);
  await recorder.drain();
  connection?.terminate();
}
