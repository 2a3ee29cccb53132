import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../test/support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../../test/support/integration/recording-daemon.js';
import { SimulatedVenue } from '../../test/support/integration/simulated-venue.js';
import type { BenchTable, Run } from '../harness/contender.js';
import { processCpuMs } from '../harness/process-cpu.js';

const SEED = 1;
const RATE = 2_000;
const READY_MAX_MS = 60_000;
const CANDLE_MAX_MS = 30_000;
const POLL_MS = 5;
const FIRST_CANDLE = { detail: 'ms to the first candle' };

const [NEW, OLD] = ['new data folder', 'folder of the run before'];

/** How long a user waits. */
export const startupTable: BenchTable = {
  name: 'startup',
  title: 'Start: from the command to the first candle',
  about: [
    'serac run as a process, with its embedded store, five feeds of a simulated exchange that trades 2,000 times a second, on loopback. From the spawn',
    'until /health/ready says yes, and until /v1/candles answers with the first candle of a second that this run has made, forming or final. Once in a',
    'new data folder, and once where the run before it has left its data.',
  ],
  unit: 'start',
  basis: 'wall',
  rounds: 5,
  warmups: 0,
  targets: [{ contender: NEW, figure: FIRST_CANDLE, atMost: 2_000 }],
  async prepare() {
    const venue = await SimulatedVenue.start(SEED, RATE);
    let folder = temporaryFolder();
    return {
      contenders: [
        {
          name: NEW,
          run: () => {
            folder.remove();
            folder = temporaryFolder();
            return start(folder, venue);
          },
        },
        { name: OLD, run: () => start(folder, venue) },
      ],
      async close() {
        await venue.stop();
        folder.remove();
      },
    };
  },
};

async function start(folder: ReturnType<typeof temporaryFolder>, venue: SimulatedVenue): Promise<Run> {
  const config = writeConfig(folder, venue, { log: { level: 'error' } });
  const spawned = performance.now();
  const spawnedAt = new Date().toISOString();
  const daemon = new RecordingDaemon(folder.at('data'), config);
  try {
    const readyMs = await daemon.ready(READY_MAX_MS);
    await firstCandle(daemon, spawnedAt);
    const wallMs = performance.now() - spawned;
    const cpuMs = processCpuMs(daemon.process.pid) + processCpuMs(daemon.storePid ?? 0);
    return { units: 1, wallMs, cpuMs, details: { 'ms to ready': readyMs, [FIRST_CANDLE.detail]: wallMs } };
  } finally {
    await daemon.stop();
  }
}

/** Resolves when a candle of this run is served: one that an earlier one had left does not count. */
async function firstCandle(daemon: RecordingDaemon, from: string): Promise<void> {
  const until = performance.now() + CANDLE_MAX_MS;
  while (performance.now() < until) {
    const { data } = await daemon.get<{ data: { state: string }[] }>(
      `/v1/candles?exchange=binance&symbol=BTC-USDT&interval=1s&limit=1&from=${from}`,
    );
    if (data.length > 0) return;
    await sleep(POLL_MS);
  }
  throw new Error(`no candle after ${CANDLE_MAX_MS} ms`);
}
