import { machineBusyMs } from './harness/machine-busy.js';
import { processCpuMs } from './harness/process-cpu.js';
import { openBenchStore } from './inputs/bench-store.js';
import { candleFaults } from './inputs/candle-faults.js';
import { foldLoad } from './inputs/fold-load.js';
import { Latencies } from './inputs/latencies.js';
import { recordSerac } from './inputs/record-serac.js';
import type { Recorded, RecordOrder } from './inputs/recorded.js';
import { tradeFaults } from './inputs/trade-faults.js';
import { foldNaive } from './naive/fold-naive.js';
import { recordNaive } from './naive/record-naive.js';

/** Records what a load generator sends, in one way or another; a process per run, as a daemon is. */

/** A paced load begins so long after its socket was asked for. */
const LEAD_NS = 300_000_000n;

/** Times a run, from what it says is its beginning to its end. */
class Meter {
  #wall = 0;
  #cpu = process.cpuUsage();
  #storeCpu = 0;
  #busy = 0;

  constructor(readonly storePid: number | undefined) {}

  readonly begin = (): void => {
    this.#cpu = process.cpuUsage();
    this.#storeCpu = this.#storeMs();
    this.#busy = machineBusyMs();
    this.#wall = performance.now();
  };

  read(): Pick<Recorded, 'wallMs' | 'daemonCpuMs' | 'storeCpuMs' | 'machineMs'> {
    const wallMs = performance.now() - this.#wall;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      ...{ wallMs, daemonCpuMs: (user + system) / 1_000 },
      ...{ storeCpuMs: this.#storeMs() - this.#storeCpu, machineMs: machineBusyMs() - this.#busy },
    };
  }

  #storeMs(): number {
    return this.storePid === undefined ? 0 : processCpuMs(this.storePid);
  }
}

async function record({ way, url, trades, rate, markets }: RecordOrder): Promise<Recorded> {
  const wanted = `${url}?trades=${trades}`;
  if (way === 'candles' || way === 'naive-candles') {
    const meter = new Meter(undefined);
    const candles = await (way === 'candles' ? foldLoad : foldNaive)(wanted, trades, meter.begin);
    return { trades, ...meter.read(), candles, faults: candles > 0 ? [] : ['there was no candle'] };
  }
  const store = await openBenchStore();
  try {
    const meter = new Meter(store.pid);
    if (way === 'naive') {
      await recordNaive(wanted, trades, store.client, meter.begin);
      return { trades, ...meter.read(), candles: 0, faults: await tradeFaults(store.client, markets) };
    }
    const at = process.hrtime.bigint() + LEAD_NS;
    const latencies = rate === undefined ? undefined : new Latencies(rate, at);
    await recordSerac(rate === undefined ? wanted : `${wanted}&rate=${rate}&at=${at}`, trades, store.client, meter.begin, latencies);
    const read = meter.read();
    const faults = await tradeFaults(store.client, markets);
    const checked = await candleFaults(store.client);
    return {
      ...{ trades, ...read, candles: checked.candles, faults: [...faults, ...checked.faults] },
      ...(latencies === undefined ? {} : { latencies: latencies.runs }),
    };
  } finally {
    await store.close();
  }
}

record(JSON.parse(process.argv[2]!) as RecordOrder).then(
  (recorded) => process.send?.(recorded, () => process.exit(0)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
