import { machineBusyMs } from './harness/machine-busy.js';
import { processCpuMs } from './harness/process-cpu.js';
import { openBenchStore } from './inputs/bench-store.js';
import { candleFaults, tradeFaults } from './inputs/check-stored.js';
import { recordSerac } from './inputs/record-serac.js';
import type { Recorded, RecordOrder } from './inputs/recorded.js';
import { recordNaive } from './naive/record-naive.js';

/** Records what a load generator sends into a store of its own, in one way or the other; a process per run, as a daemon is. */
async function record({ way, url, trades, markets }: RecordOrder): Promise<Recorded> {
  const store = await openBenchStore();
  try {
    let began = 0;
    let cpu = process.cpuUsage();
    let storeCpu = 0;
    let busy = 0;
    await (way === 'serac' ? recordSerac : recordNaive)(`${url}?trades=${trades}`, trades, store.client, () => {
      cpu = process.cpuUsage();
      storeCpu = processCpuMs(store.pid);
      busy = machineBusyMs();
      began = performance.now();
    });
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    const storeCpuMs = processCpuMs(store.pid) - storeCpu;
    const machineMs = machineBusyMs() - busy;
    const faults = await tradeFaults(store.client, markets);
    const checked = way === 'serac' ? await candleFaults(store.client, markets) : { candles: 0, faults: [] };
    return {
      trades,
      wallMs,
      daemonCpuMs: (user + system) / 1_000,
      storeCpuMs,
      machineMs,
      candles: checked.candles,
      faults: [...faults, ...checked.faults],
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
