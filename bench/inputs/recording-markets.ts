import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder, type Folder } from '../../test/support/integration/folder.js';
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
/** What starting, or going on, has left behind is over by then. */
const START_SETTLE_MS = 3_000;
const SETTLE_MS = 1_000;
const MEASURED_MS = 2_500;
const KEPT_MAX_MS = 30_000;
const KEPT_LOOK_MS = 50;
/** A busy machine must not have one way record in larger batches than the other. */
const NO_PRESSURE = { soft: 600_000, graceful: 700_000, aggressive: 800_000, circuitBreak: 900_000 };

/** A daemon that records a simulated exchange, which trades while it is measured and is paused while others are. */
export class RecordingMarkets {
  private constructor(
    readonly folder: Folder,
    readonly venue: SimulatedVenue,
    readonly daemon: RecordingDaemon,
    /** From the start of the process to the last market that became live. */
    readonly liveMs: number,
  ) {}

  static async open({ markets, rate }: MarketsLoad): Promise<RecordingMarkets> {
    const folder = temporaryFolder();
    const venue = await SimulatedVenue.withMarkets(SEED, rate, markets);
    const config = writeConfig(folder, venue, {
      log: { level: 'error' },
      pressure: { triggers: { eventLoopDelayP99Ms: NO_PRESSURE, oldestUnacknowledgedMs: NO_PRESSURE } },
    });
    const daemon = new RecordingDaemon(folder.at('data'), config);
    const liveMs = await daemon.ready(READY_MAX_MS);
    await sleep(START_SETTLE_MS);
    const opened = new RecordingMarkets(folder, venue, daemon, liveMs);
    await opened.#pause();
    return opened;
  }

  /** CPU time of the daemon while the exchange trades, and nothing else happens. @throws where a trade was not kept, or a limit broken */
  async measure(): Promise<Run> {
    await this.venue.resume();
    await sleep(SETTLE_MS);
    const before = await this.#read();
    await sleep(MEASURED_MS);
    const after = await this.#read();
    await this.#pause();
    const { traffic } = await this.venue.summary();
    const refusals = [traffic.refused, traffic.closed, traffic.rest]
      .flatMap((counts) => Object.keys(counts))
      .filter((status) => status !== '200');
    if (refusals.length > 0) throw new Error(`the venue's limits were broken: ${JSON.stringify(traffic)}`);
    const trades = after.trades - before.trades;
    return {
      ...{ units: trades, wallMs: after.at - before.at, cpuMs: after.cpuMs - before.cpuMs },
      details: {
        's until all are live': this.liveMs / 1_000,
        connections: traffic.connections,
        'MB of the daemon': processMemory(this.daemon.process.pid).nowMb,
        'store CPU ns': ((after.storeMs - before.storeMs) * 1e6) / trades,
      },
    };
  }

  async close(): Promise<void> {
    await this.daemon.stop();
    await this.venue.stop();
    this.folder.remove();
  }

  async #read(): Promise<{ at: number; trades: number; cpuMs: number; storeMs: number }> {
    const trades = await this.daemon.metric('serac_trades_accepted_total');
    const [cpuMs, storeMs] = [processCpuMs(this.daemon.process.pid), processCpuMs(this.daemon.storePid ?? 0)];
    return { at: performance.now(), trades, cpuMs, storeMs };
  }

  /** Halts the exchange; everything that it sent has to be kept, each trade once and none refused. */
  async #pause(): Promise<void> {
    const { emitted } = await this.venue.pause();
    const until = performance.now() + KEPT_MAX_MS;
    for (;;) {
      const kept = await this.daemon.metric('serac_trades_acknowledged_total');
      if (kept === emitted) break;
      if (performance.now() > until) throw new Error(`${emitted} trades were sent, and ${kept} are kept`);
      await sleep(KEPT_LOOK_MS);
    }
    const rejects = await this.daemon.metric('serac_rejects_total');
    if (rejects > 0) throw new Error(`${rejects} trades were rejected`);
  }
}
