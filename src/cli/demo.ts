import { randomInt } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.js';
import { removeDaemonRecord, writeDaemonRecord } from '../daemon/daemon-record.js';
import { Daemon } from '../daemon/daemon.js';
import { nodeWorld } from '../daemon/node-world.js';
import { assertPortFree } from '../daemon/preflight.js';
import type { FeedStatus } from '../domain/ports/status.js';
import { SeracError, type ErrorCode } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import { createLogger } from '../logger.js';
import { startSimulator, type Simulator } from '../simulator/start-simulator.js';
import { DEFAULT_DATABASE } from '../store/connect-clickhouse.js';
import { makeDataFolder } from '../store/data-folder.js';
import { storeOf } from '../store/folder-marker.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../store/temporary-folder.js';
import { write, writeJson } from './support/answer.js';
import { compareWithLedger, type Comparison } from './support/compare-with-ledger.js';
import { DemoRecord } from './support/demo-record.js';
import { entryOf, openData } from './support/open-data.js';
import { openProgress } from './support/progress.js';
import { examples, readWhole } from './support/read-flags.js';
import { untilSignal } from './support/signals.js';

interface DemoFlags {
  readonly seconds?: string;
  readonly seed?: string;
  readonly rate?: string;
  readonly data?: string;
  readonly continue?: true;
  readonly port?: string;
  readonly json?: true;
}

const HOST = '127.0.0.1';
const DEFAULT_PORT = 8_080;
const DEFAULT_RATE = 200;

/** Sent trades arrive within this time, or are missing. */
const ARRIVAL_MAX_MS = 10_000;

/** The market trades after this time even if the daemon has not subscribed to all of it. */
const LIVE_MAX_MS = 2_000;

/** `serac demo`: a simulated exchange, the daemon on it, and at the end a comparison of what was sent with what is stored. */
export function demoCommand(program: Command): void {
  program
    .command('demo')
    .summary('records a simulated exchange: no set-up needed')
    .description('records a simulated exchange: no server and no network needed')
    .option('--seconds <n>', 'record for so many seconds, compare with what the exchange sent, and exit; default: until Ctrl-C')
    .option('--seed <n>', 'seed of the simulated market; default: random')
    .option('--rate <n>', `trades per second; default ${DEFAULT_RATE}`)
    .option('--data <dir>', 'data folder to keep; default: a temporary one, removed at the end')
    .option('--continue', 'continue the demo in the data folder, with its seed and rate')
    .option('--port <port>', `port of the API; default ${DEFAULT_PORT}, or a free one if that is in use`)
    .option('--json', 'print one JSON document at the end')
    .addHelpText(
      'after',
      examples(
        ['demo', 'runs until Ctrl-C, with its API on http://127.0.0.1:8080'],
        ['demo --seconds 10', 'runs for ten seconds and proves that nothing is missing'],
        ['demo --data demo-data', 'keeps the recorded data'],
        ['demo --data demo-data --continue', 'continues that demo'],
      ),
    )
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const seconds = flags.seconds === undefined ? undefined : readWhole('--seconds', flags.seconds, 1, 86_400);
  const wishes = {
    continue: flags.continue === true,
    seed: flags.seed === undefined ? undefined : readWhole('--seed', flags.seed, 0, 2 ** 32 - 1),
    rate: flags.rate === undefined ? undefined : readWhole('--rate', flags.rate, 1, 1_000_000),
  };
  if (wishes.continue && flags.data === undefined)
    throw new SeracError('usage', '--continue needs the data folder of the demo: name it with --data.');
  const port = flags.port === undefined ? await defaultPort() : readWhole('--port', flags.port, 0, 65_535);
  await assertPortFree({ host: HOST, port });
  const market = DemoRecord.open(flags.data ?? null, wishes, { seed: randomInt(2 ** 31), rate: DEFAULT_RATE });
  const simulator = await startSimulator({
    venue: 'binance',
    seed: market.seed,
    rate: market.rate,
    past: market.past,
    clock: market.clock,
  });
  let temporary: TemporaryFolder | undefined;
  try {
    // From here until signals are handled nothing is awaited. A signal in between is held, and handled then: without a listener it would
    // end the process at once, and leave the folder behind.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => undefined);
    temporary = flags.data === undefined ? makeTemporaryFolder('demo') : undefined;
    const data = temporary?.dir ?? makeDataFolder(flags.data!, { store: storeOf({ database: DEFAULT_DATABASE }), madeBy: 'demo' }).dir;
    market.begin();
    const outcome = await record({ simulator, market, data, port, seconds, flags });
    if (flags.json) await writeJson(outcome);
    else if ('emitted' in outcome) await write(describe(outcome));
    if (!outcome.ok) process.exitCode = 1;
  } finally {
    market.end(simulator.pause());
    await simulator.stop();
    temporary?.remove();
  }
}

interface Run {
  readonly simulator: Simulator;
  readonly market: DemoRecord;
  readonly data: string;
  readonly port: number;
  readonly seconds: number | undefined;
  readonly flags: DemoFlags;
}

interface Outcome {
  readonly ok: boolean;
  readonly seed: number;
  /** How long it recorded. */
  readonly seconds: number;
}

/** Result of a demo without a comparison: it was not requested, or the demo was stopped before it. */
type Uncompared = Outcome & { readonly error?: { readonly code: ErrorCode; readonly message: string } };

type Summary = Outcome & Comparison & { readonly repeated: number; readonly rejects: number; readonly gaps: number };

async function record({ simulator, market, data, port, seconds, flags }: Run): Promise<Summary | Uncompared> {
  const { seed } = market;
  const markets = simulator.ledger.symbols().map((name) => `binance:${symbolOf(name)}`);
  const config = loadConfig(
    null,
    { SERAC_LOG_LEVEL: process.env['SERAC_LOG_LEVEL'] ?? 'warn' },
    {
      feeds: markets,
      data,
      api: { host: HOST, port },
      venues: { binance: { ws: [simulator.wsUrl], rest: [simulator.restUrl] } },
    },
  );
  const logger = createLogger(config.log.level);
  const daemon = new Daemon(nodeWorld(config, { logger, environment: {}, entry: entryOf(process.argv) }), config);
  daemon.start();
  const interruption = new AbortController();
  const run = { isRecording: false, isStopped: false };
  const wasStopped = (): boolean => run.isStopped;
  const stopping = untilSignal(
    {
      stop: async () => {
        // With --seconds a first signal only ends the recording early: trades sent until then are still compared.
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
  // A signal may have arrived meanwhile.
  if (run.isStopped || daemon.address === null) {
    stopping.dispose();
    const { exitCode } = await daemon.ended;
    const message = 'stopped before the recording began.';
    process.stderr.write(`serac: ${message}\n`);
    const ok = seconds === undefined && exitCode === 0;
    return { ok, seed, seconds: 0, ...(ok ? {} : { error: { code: 'stopping', message } as const }) };
  }
  run.isRecording = true;
  await untilLive(daemon, () => interruption.signal.aborted || wasStopped());
  market.trade(simulator.resume());
  const began = performance.now();
  const sinceBegan = (): number => Math.round((performance.now() - began) / 100) / 10;
  let recorded = seconds ?? 0;
  writeDaemonRecord(data, daemon.address);
  const say = (line: string): void => {
    if (flags.json) process.stderr.write(`${line}\n`);
    else void write(`${line}\n`);
  };
  say(`Serac is recording ${markets.length} simulated markets (seed ${seed}); the API is at ${daemon.address}.`);
  say(`Data in ${data}. Try: curl '${daemon.address}/v1/candles?market=binance:BTC-USDT&interval=1s&limit=5'`);
  if (seconds === undefined) {
    say('Stop with Ctrl-C.');
    await daemon.ended;
    recorded = sinceBegan();
  } else {
    await wait(seconds, interruption.signal);
    if (interruption.signal.aborted) recorded = sinceBegan();
    market.end(simulator.pause());
    if (flags.continue === true) await giveAll(simulator, data);
    await arrival(simulator, daemon);
    await daemon.stop();
  }
  stopping.dispose();
  removeDaemonRecord(data);
  const { exitCode, reason } = await daemon.ended;
  const ended = exitCode === 0 ? undefined : `the daemon failed: ${reason}`;
  if (ended !== undefined) process.stderr.write(`serac: ${ended}\n`);
  if (seconds === undefined || (ended !== undefined && wasStopped())) {
    const error = ended === undefined ? {} : { error: { code: 'internal', message: ended } as const };
    return { ok: ended === undefined, seed, seconds: recorded, ...error };
  }
  const opened = await openData(data, 'read');
  try {
    const comparison = await compareWithLedger(opened.client, 'binance', simulator.ledger, symbolOf);
    const recorder = daemon.venues[0]!.recorder!;
    const ok =
      exitCode === 0 &&
      comparison.emitted > 0 &&
      comparison.missing + comparison.duplicates + comparison.different + comparison.candleMismatches + comparison.falselyComplete === 0;
    return {
      ...{ ok, seed, seconds: recorded, ...comparison, repeated: recorder.counters.repeated },
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

/** Waits until every market is subscribed, so that none of its trades has to be backfilled. */
async function untilLive(daemon: Daemon, isOver: () => boolean): Promise<void> {
  const until = performance.now() + LIVE_MAX_MS;
  const isLive = (): boolean => daemon.feeds().every(({ connection }) => connection === 'live');
  while (!isLive() && !isOver() && performance.now() < until) await sleep(10);
}

/** Waits until everything sent has been received, and trades missed between two runs were backfilled. */
async function arrival({ ledger }: Simulator, daemon: Daemon): Promise<void> {
  const last = new Map(ledger.symbols().map((name) => [symbolOf(name), ledger.emittedIds(name).at(-1)?.[1]]));
  const hasAll = ({ symbol, lastTradeId, holes }: FeedStatus): boolean =>
    holes.length === 0 && Number(lastTradeId ?? -1) >= (last.get(symbol) ?? -1);
  const until = performance.now() + ARRIVAL_MAX_MS;
  while (!daemon.feeds().every(hasAll) && performance.now() < until) await sleep(10);
}

/** Of a continued demo, Serac must have all trades since the first one that it has. */
async function giveAll({ ledger }: Simulator, data: string): Promise<void> {
  const opened = await openData(data, 'read');
  try {
    const stored = await opened.client.query({
      query: "SELECT symbol, toString(min(trade_id)) AS first FROM trades_data WHERE exchange = 'binance' GROUP BY symbol",
      format: 'JSONEachRow',
    });
    const firsts = new Map((await stored.json<{ symbol: string; first: string }>()).map(({ symbol, first }) => [symbol, Number(first)]));
    for (const name of ledger.symbols()) ledger.recordGiven(name, firsts.get(symbolOf(name)) ?? Infinity, Infinity);
  } finally {
    await opened.close();
  }
}

function symbolOf(venueSymbol: string): string {
  return venueNamed('binance').toSymbol(venueSymbol)!;
}

/** The usual port, or any free one if that is in use. */
async function defaultPort(): Promise<number> {
  return await assertPortFree({ host: HOST, port: DEFAULT_PORT }).then(
    () => DEFAULT_PORT,
    () => 0,
  );
}

function describe(summary: Summary): string {
  const { ok, emitted, stored, missing, duplicates, candles, candleMismatches, falselyComplete, seed } = summary;
  return [
    `${ok ? 'OK' : 'FAILED'} (seed ${seed}): ${emitted} trades sent, ${stored} stored, ${missing} missing, ${duplicates} duplicates.`,
    `${candles} candles compared with the exchange's ledger: ${candleMismatches} differ, ${falselyComplete} wrongly marked complete.`,
    '',
  ].join('\n');
}
