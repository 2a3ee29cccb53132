import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../test/support/integration/folder.js';
import { processMemory } from '../../test/support/integration/process-memory.js';
import { RecordingDaemon, writeConfig } from '../../test/support/integration/recording-daemon.js';
import { openStore } from '../../src/store/open-store.js';
import type { BenchTable, Run } from '../harness/contender.js';
import { processCpuMs } from '../harness/process-cpu.js';
import { slopePerMinute } from '../harness/slope.js';
import { candleFaults } from '../inputs/candle-faults.js';
import type { SentMarket } from '../inputs/load-tape.js';
import { LoadSource } from '../inputs/load-source.js';
import { tradeFaults } from '../inputs/trade-faults.js';

const RATE = 200_000;
const SYMBOLS = 4;
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 30);
/** Ten seconds of the load, sent again and again with the ids and times that come then. */
const LAP_TRADES = 2_000_000;
const READY_MAX_MS = 60_000;
const SAMPLE_EVERY_MS = 5_000;
/** Of the time, what is not asked whether it is flat: buffers and caches grow to their size. */
const WARM_UP_SHARE = 0.2;
const KEPT_MAX_MS = 60_000;

const SERAC = `serac run, ${RATE.toLocaleString('en')}/s`;

interface Sample {
  readonly minutes: number;
  readonly daemonMb: number;
  readonly storeMb: number;
  readonly loopDelayMs: number;
  readonly unacknowledgedMs: number;
}

/** The daemon under a steady load, for as long as it takes to see what creeps. */
export const soakTable: BenchTable = {
  name: 'soak',
  title: 'Soak: a steady load',
  about: [
    `The daemon itself (serac run) records ${SYMBOLS} markets at ${RATE.toLocaleString('en')} trades a second into a new embedded store for ${MINUTES} minutes (SOAK_MINUTES). Memory is the`,
    'resident set of each process, looked at every five seconds; slopes are those of a line through the samples of the last four fifths. Afterwards',
    'every trade must be stored exactly once and every candle be the fold of its trades.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 1,
  warmups: 0,
  onlyByName: true,
  targets: [
    { contender: SERAC, figure: { detail: 'MB of the daemon at most' }, atMost: 220 },
    { contender: SERAC, figure: { detail: 'MB of the store at most' }, atMost: 600 },
    { contender: SERAC, figure: { detail: 'MB a minute of the daemon' }, atMost: 0.5 },
    { contender: SERAC, figure: { detail: 'MB a minute of the store' }, atMost: 2 },
  ],
  prepare: () => ({ contenders: [{ name: SERAC, run: soak }] }),
};

async function soak(): Promise<Run> {
  const folder = temporaryFolder();
  const source = await LoadSource.open({ trades: LAP_TRADES, symbols: SYMBOLS, marketRate: RATE });
  const rest = source.url.replace(/^ws/, 'http').replace(/\/$/, '');
  const names = source.markets.map(({ symbol }) => symbol.replace('-', ''));
  const config = writeConfig(folder, { ws: source.url.replace(/\/$/, ''), rest, symbols: names }, { log: { level: 'warn' } });
  const daemon = new RecordingDaemon(folder.at('data'), config);
  try {
    await daemon.ready(READY_MAX_MS);
    const began = performance.now();
    const cpuBefore = processCpuMs(daemon.process.pid);
    const samples: Sample[] = [];
    while (performance.now() - began < MINUTES * 60_000) {
      await sleep(SAMPLE_EVERY_MS);
      const sample = await sampleOf(daemon, (performance.now() - began) / 60_000);
      samples.push(sample);
      process.stderr.write(`soak: ${JSON.stringify(sample)}\n`);
    }
    const sent = await source.stop();
    const units = sent.reduce((sum, { trades }) => sum + trades, 0);
    await expectKept(daemon, units);
    const wallMs = performance.now() - began;
    const cpuMs = processCpuMs(daemon.process.pid) - cpuBefore;
    await daemon.stop();
    const candles = await expectStored(folder.at('data'), sent);
    return { units, wallMs, cpuMs, details: { ...summary(samples), candles } };
  } finally {
    await daemon.stop();
    await source.close();
    folder.remove();
  }
}

async function sampleOf(daemon: RecordingDaemon, minutes: number): Promise<Sample> {
  return {
    minutes,
    daemonMb: processMemory(daemon.process.pid).nowMb,
    storeMb: processMemory(daemon.storePid ?? 0).nowMb,
    loopDelayMs: await daemon.metric('serac_pressure_signal{signal="eventLoopDelayP99Ms"}'),
    unacknowledgedMs: (await daemon.metric('serac_sink_oldest_unacknowledged_seconds')) * 1_000,
  };
}

function summary(samples: readonly Sample[]): Record<string, number> {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const most = (of: (sample: Sample) => number): number => Math.max(...samples.map(of));
  const slope = (of: (sample: Sample) => number): number => slopePerMinute(warm.map((sample) => [sample.minutes, of(sample)]));
  return {
    'MB of the daemon at most': most(({ daemonMb }) => daemonMb),
    'MB of the store at most': most(({ storeMb }) => storeMb),
    'MB a minute of the daemon': slope(({ daemonMb }) => daemonMb),
    'MB a minute of the store': slope(({ storeMb }) => storeMb),
    'loop delay p99 ms at most': most(({ loopDelayMs }) => loopDelayMs),
    'oldest unacknowledged ms at most': most(({ unacknowledgedMs }) => unacknowledgedMs),
  };
}

async function expectKept(daemon: RecordingDaemon, sent: number): Promise<void> {
  const until = performance.now() + KEPT_MAX_MS;
  for (;;) {
    const kept = await daemon.metric('serac_trades_acknowledged_total');
    if (kept === sent) return;
    if (performance.now() > until) throw new Error(`${sent} trades were sent, and ${kept} are kept`);
    await sleep(100);
  }
}

async function expectStored(dataDir: string, sent: readonly SentMarket[]): Promise<number> {
  const store = await openStore({ dataDir });
  try {
    const faults = await tradeFaults(store.client, sent);
    const checked = await candleFaults(store.client);
    if (faults.length + checked.faults.length > 0) throw new Error([...faults, ...checked.faults].join('; '));
    return checked.candles;
  } finally {
    await store.close();
  }
}
