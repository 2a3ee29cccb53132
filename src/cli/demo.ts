import type { Command } from 'commander';
import { randomInt } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../config.js';
import { Daemon } from '../daemon/daemon.js';
import { venueNamed } from '../exchanges/registry.js';
import { createLogger } from '../logger.js';
import { DEFAULT_DATABASE } from '../store/connect-clickhouse.js';
import { makeDataFolder } from '../store/data-folder.js';
import { storeOf } from '../store/folder-marker.js';
import { makeTemporaryFolder } from '../store/temporary-folder.js';
import { startSimulator, type Simulator } from '../simulator/start-simulator.js';
import { write, writeJson } from './support/answer.js';
import { compareWithLedger, type Comparison } from './support/compare-with-ledger.js';
import { entryOf, openData } from './support/open-data.js';
import { examples } from './support/examples.js';
import { isPortFree } from './support/is-port-free.js';
import { openProgress } from './support/progress.js';
import { readWhole } from './support/read-flags.js';
import { untilSignal } from './support/until-signal.js';
import { removeDaemonRecord, writeDaemonRecord } from '../daemon/daemon-record.js';

interface DemoFlags {
  readonly seconds?: string;
  readonly seed?: string;
  readonly rate: string;
  readonly data?: string;
  readonly port?: string;
  readonly json?: true;
}

const DEFAULT_PORT = 8_080;
/** What was sent arrives within this, or it is missing. */
const ARRIVAL_MAX_MS = 10_000;

/** `serac demo`: a simulated exchange, the daemon on it, and at the end the comparison of what was sent with what is stored. */
export function demoCommand(program: Command): void {
  program
    .command('demo')
    .summary('records a simulated exchange: nothing to set up')
    .description('records a simulated exchange: no server and no network needed')
    .option('--seconds <n>', 'record so long, compare with what the exchange sent, and end; without it: until Ctrl-C')
    .option('--seed <n>', 'seed of the simulated market; random when left out')
    .option('--rate <n>', 'trades per second', '200')
    .option('--data <dir>', 'data folder to keep; without it, one that is removed at the end')
    .option('--port <port>', `port of the API; default ${DEFAULT_PORT}, or a free one where that is taken`)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        ['demo', 'until Ctrl-C, with its API on http://127.0.0.1:8080'],
        ['demo --seconds 10', 'ten seconds, and the proof that nothing is missing'],
        ['demo --data demo-data', 'keeps what it records'],
      ),
    )
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const seconds = flags.seconds === undefined ? undefined : readWhole('--seconds', flags.seconds, 1, 86_400);
  const seed = flags.seed === undefined ? randomInt(2 ** 31) : readWhole('--seed', flags.seed, 0, 2 ** 32 - 1);
  const rate = readWhole('--rate', flags.rate, 1, 1_000_000);
  const port = flags.port === undefined ? await defaultPort() : readWhole('--port', flags.port, 0, 65_535);
  const temporary = flags.data === undefined ? makeTemporaryFolder('demo') : undefined;
  const data = temporary?.dir ?? makeDataFolder(flags.data!, { store: storeOf({ database: DEFAULT_DATABASE }), madeBy: 'demo' }).dir;
  const simulator = await startSimulator({ venue: 'binance', seed, rate });
  try {
    const summary = await record({ simulator, data, port, seconds, seed, flags });
    if (summary === undefined) return;
    if (flags.json) await writeJson(summary);
    else await write(describe(summary));
    if (!summary.ok) process.exitCode = 1;
  } finally {
    await simulator.stop();
    temporary?.remove();
  }
}

interface Run {
  readonly simulator: Simulator;
  readonly data: string;
  readonly port: number;
  readonly seconds: number | undefined;
  readonly seed: number;
  readonly flags: DemoFlags;
}

type Summary = { readonly ok: boolean; readonly seed: number; readonly seconds: number } & Comparison & {
    readonly repeated: number;
    readonly rejects: number;
    readonly gaps: number;
  };

async function record({ simulator, data, port, seconds, seed, flags }: Run): Promise<Summary | undefined> {
  const venue = venueNamed('binance');
  const markets = simulator.ledger.symbols().map((name) => `binance:${venue.toSymbol(name)!}`);
  const config = loadConfig(
    null,
    {},
    {
      feeds: markets,
      data,
      api: { port },
      venues: { binance: { ws: [simulator.wsUrl], rest: [simulator.restUrl] } },
      log: { level: process.env['SERAC_LOG_LEVEL'] ?? 'warn' },
    },
  );
  const daemon = new Daemon({ config, logger: createLogger(config.log.level), environment: {}, entry: entryOf(process.argv) });
  daemon.start();
  const interruption = new AbortController();
  const run = { isRecording: false, isStopped: false };
  const wasStopped = (): boolean => run.isStopped;
  const stopping = untilSignal(
    {
      stop: async () => {
        // With --seconds a first signal only ends the recording early: what was sent until then is compared all the same.
        if (seconds !== undefined && run.isRecording && !interruption.signal.aborted) {
          interruption.abort();
        } else {
          run.isStopped = true;
          await daemon.stop();
        }
      },
    },
    () => undefined,
  );
  try {
    await daemon.running;
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  // A signal may have come meanwhile.
  if (run.isStopped || daemon.address === null) {
    stopping.dispose();
    const { exitCode } = await daemon.ended;
    process.stderr.write('serac: stopped before the recording began.\n');
    process.exitCode = seconds === undefined ? exitCode : 1;
    return undefined;
  }
  run.isRecording = true;
  writeDaemonRecord(data, daemon.address);
  const say = (line: string): void => {
    if (flags.json) process.stderr.write(`${line}\n`);
    else void write(`${line}\n`);
  };
  say(`Serac records ${markets.length} simulated markets (seed ${seed}) and answers at ${daemon.address}.`);
  say(`Data in ${data}. Try: curl '${daemon.address}/v1/candles?market=binance:BTC-USDT&interval=1s&limit=5'`);
  if (seconds === undefined) {
    say('Stop with Ctrl-C.');
    await daemon.ended;
  } else {
    await wait(seconds, interruption.signal);
    simulator.pause();
    await arrival(simulator, daemon);
    await daemon.stop();
  }
  stopping.dispose();
  removeDaemonRecord(data);
  const { exitCode, reason } = await daemon.ended;
  if (exitCode !== 0) process.stderr.write(`serac: the daemon ended badly: ${reason}\n`);
  if (exitCode !== 0 && wasStopped()) {
    process.exitCode = exitCode;
    return undefined;
  }
  if (seconds === undefined) {
    process.exitCode = exitCode;
    return undefined;
  }
  const opened = await openData(data, 'read');
  try {
    const comparison = await compareWithLedger(opened.client, 'binance', simulator.ledger, (name) => venue.toSymbol(name)!);
    const recorder = daemon.venues[0]!.recorder!;
    const ok =
      exitCode === 0 &&
      comparison.emitted > 0 &&
      comparison.missing + comparison.duplicates + comparison.different + comparison.candleMismatches + comparison.falselyComplete === 0;
    return {
      ...{ ok, seed, seconds, ...comparison, repeated: recorder.counters.repeated },
      rejects: [...recorder.counters.rejects.values()].reduce((sum, count) => sum + count, 0),
      gaps: daemon.feeds().reduce((sum, feed) => sum + feed.holes.length, 0),
    };
  } finally {
    await opened.close();
  }
}

/** Waits some seconds, or until the signal. */
async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  const progress = openProgress(seconds, 's', 1);
  for (let second = 0; second < seconds && !signal.aborted; second++) {
    progress.update(second);
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
  progress.stop();
}

/** Waits until everything that was sent has been taken. */
async function arrival(simulator: Simulator, daemon: Daemon): Promise<void> {
  const sent = simulator.ledger.symbols().reduce((sum, symbol) => sum + simulator.ledger.emittedCount(symbol), 0);
  const until = performance.now() + ARRIVAL_MAX_MS;
  while ((daemon.venues[0]!.recorder?.counters.accepted ?? 0) < sent && performance.now() < until) await sleep(10);
}

async function defaultPort(): Promise<number> {
  return (await isPortFree(DEFAULT_PORT)) ? DEFAULT_PORT : 0;
}

function describe(summary: Summary): string {
  const { ok, emitted, stored, missing, duplicates, candles, candleMismatches, falselyComplete, seed } = summary;
  return [
    `${ok ? 'Well' : 'NOT WELL'} (seed ${seed}): ${emitted} trades sent, ${stored} stored, ${missing} missing, ${duplicates} twice.`,
    `${candles} candles compared with the exchange's ledger: ${candleMismatches} differ, ${falselyComplete} are falsely called complete.`,
    '',
  ].join('\n');
}
