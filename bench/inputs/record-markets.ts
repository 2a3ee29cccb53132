import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../test/support/integration/folder.js';
import { processMemory } from '../../test/support/integration/process-memory.js';
import { RecordingDaemon, writeConfig } from '../../test/support/integration/recording-daemon.js';
import { SimulatedVenue } from '../../test/support/integration/simulated-venue.js';
import type { Run } from '../harness/contender.js';
import { processCpuMs } from '../harness/process-cpu.js';

/** A load: so many markets, and trades a second of all of them together. */
export interface MarketsLoad {
  readonly markets: number;
  readonly rate: number;
}

const SEED = 1;
const READY_MAX_MS = 120_000;
/** What starting has left behind is over by then. */
const SETTLE_MS = 3_000;
const MEASURED_MS = 6_000;
const KEPT_MAX_MS = 30_000;
/** A busy machine must not have one way record in larger batches than the other. */
const NO_PRESSURE = { soft: 600_000, graceful: 700_000, aggressive: 800_000, circuitBreak: 900_000 };

/** Has a daemon of its own record a simulated exchange, and measures its CPU time while nothing else happens. */
export async function recordMarkets({ markets, rate }: MarketsLoad): Promise<Run> {
  const folder = temporaryFolder();
  const venue = await SimulatedVenue.withMarkets(SEED, rate, markets);
  const config = writeConfig(folder, venue, {
    log: { level: 'error' },
    pressure: { triggers: { eventLoopDelayP99Ms: NO_PRESSURE, oldestUnacknowledgedMs: NO_PRESSURE } },
  });
  const daemon = new RecordingDaemon(folder.at('data'), config);
  try {
    const liveMs = await daemon.ready(READY_MAX_MS);
    await sleep(SETTLE_MS);
    const store = daemon.storePid ?? 0;
    const read = async (): Promise<{ at: number; trades: number; cpuMs: number; storeMs: number }> => ({
      trades: await daemon.metric('serac_trades_accepted_total'),
      ...{ at: performance.now(), cpuMs: processCpuMs(daemon.process.pid), storeMs: processCpuMs(store) },
    });
    const before = await read();
    await sleep(MEASURED_MS);
    const after = await read();
    const { nowMb } = processMemory(daemon.process.pid);
    await expectKept(daemon, venue);
    const { traffic } = await venue.summary();
    const refusals = [traffic.refused, traffic.closed, traffic.rest]
      .flatMap((counts) => Object.keys(counts))
      .filter((status) => status !== '200');
    if (refusals.length > 0) throw new Error(`the venue's limits were broken: ${JSON.stringify(traffic)}`);
    const trades = after.trades - before.trades;
    return {
      ...{ units: trades, wallMs: after.at - before.at, cpuMs: after.cpuMs - before.cpuMs },
      details: {
        's until all are live': liveMs / 1_000,
        connections: traffic.connections,
        'MB of the daemon': nowMb,
        'store CPU ns': ((after.storeMs - before.storeMs) * 1e6) / trades,
      },
    };
  } finally {
    await daemon.stop();
    await venue.stop();
    folder.remove();
  }
}

/** Everything that the exchange sent has to be kept, each trade once and none refused. */
async function expectKept(daemon: RecordingDaemon, venue: SimulatedVenue): Promise<void> {
  const { emitted } = await venue.pause();
  const until = performance.now() + KEPT_MAX_MS;
  for (;;) {
    const kept = await daemon.metric('serac_trades_acknowledged_total');
    if (kept === emitted) break;
    if (performance.now() > until) throw new Error(`${emitted} trades were sent, and ${kept} are kept`);
    await sleep(100);
  }
  const rejects = await daemon.metric('serac_rejects_total');
  if (rejects > 0) throw new Error(`${rejects} trades were rejected`);
}
