import { rmSync } from 'node:fs';
import { temporaryFolder, type Folder } from '../../test/support/integration/folder.js';
import { storePid } from '../../test/support/integration/recording-daemon.js';
import { Serac } from '../../test/support/integration/serac.js';
import type { BenchTable, Contender, Run } from '../harness/contender.js';
import { settle } from '../harness/measure.js';
import { processCpuMs } from '../harness/process-cpu.js';
import { captureKind, writeCaptures } from '../inputs/write-captures.js';

const FILES = 2;
/** Of all kinds where there are captures, of which about a quarter are trades. */
const FRAMES_PER_FILE = captureKind === 'captured' ? 200_000 : 125_000;

const WATCH_EVERY_MS = 50;

const [ALONE, POOLED] = ['--threads 0', '--threads 1'];

interface ReplaySummary {
  readonly ok: boolean;
  readonly trades: number;
  readonly rejects: number;
  /** From the first frame to the last acknowledgement. */
  readonly seconds: number;
}

/** Files to candles, with and without threads. */
export const replayTable: BenchTable = {
  name: 'replay',
  title: 'Replay: capture files to stored trades and candles',
  about: [
    `serac replay of ${FILES} gzip captures, as a process with a new data folder and an embedded store each time, with and without threads that decode. Frames`,
    `of all kinds in the shares of real captures (trades, order book, best prices), repeated with later ids and times, where captures are there: here`,
    `they are ${captureKind}. Time runs from the first line read to the last acknowledgement, on the same cores as the store; the store's start and`,
    'the check after it, that each trade is stored once and every candle is the fold of its trades, are left out of it. The CPU time has them',
    'in it, and the store that shares the cores takes its part whatever the threads do.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 5,
  warmups: 0,
  targets: [{ contender: POOLED, figure: 'ratio', against: ALONE, atLeast: 1.5 }],
  async prepare() {
    const folder = temporaryFolder();
    const files = await writeFiles(folder);
    return {
      contenders: [
        contender(ALONE, folder, files, ['--threads', '0']),
        { ...contender(POOLED, folder, files, ['--threads', '1']), against: ALONE },
      ],
      close() {
        folder.remove();
        return Promise.resolve();
      },
    };
  },
};

/** The second file goes on where the first one ends. */
async function writeFiles(folder: Folder): Promise<{ readonly paths: readonly string[]; readonly trades: number }> {
  const paths = Array.from({ length: FILES }, (_, file) => folder.at(`capture-${file}.gz`));
  const trades = await writeCaptures(paths, FRAMES_PER_FILE);
  return { paths, trades };
}

function contender(name: string, folder: Folder, files: Awaited<ReturnType<typeof writeFiles>>, flags: readonly string[]): Contender {
  let runs = 0;
  return {
    name,
    async run(): Promise<Run> {
      await settle();
      runs += 1;
      const data = folder.at(`data-${flags.length}-${runs}`);
      const replay = new Serac(['replay', ...files.paths, '--venue', 'binance', '--data', data, '--json', ...flags]);
      const cpu = watchCpu(() => [replay.pid, storePid(data)]);
      const { code, stdout, stderr } = await replay.ended;
      const cpuMs = cpu.stop();
      if (code !== 0) throw new Error(`${name}: replay ended with ${code}:\n${stdout.toString()}\n${stderr}`);
      const { ok, trades, rejects, seconds } = JSON.parse(stdout.toString()) as ReplaySummary;
      if (!ok || trades !== files.trades || rejects > 0) throw new Error(`${name}: ${stdout.toString()}`);
      rmSync(data, { recursive: true, force: true });
      return { units: trades, wallMs: seconds * 1_000, cpuMs, details: { seconds, 'frames/s': (FILES * FRAMES_PER_FILE) / seconds } };
    },
  };
}

/** Looks at the CPU time of processes again and again until they are gone, ms: afterwards nobody can tell it. */
function watchCpu(pids: () => readonly (number | undefined)[]): { stop(): number } {
  const seen = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of pids()) {
      const cpuMs = pid === undefined ? NaN : processCpuMs(pid);
      if (pid !== undefined && !Number.isNaN(cpuMs)) seen.set(pid, cpuMs);
    }
  }, WATCH_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return [...seen.values()].reduce((sum, cpuMs) => sum + cpuMs, 0);
    },
  };
}
