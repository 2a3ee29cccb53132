import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/load-config.js';
import { removeDaemonRecord, writeDaemonRecord } from '../../daemon/daemon-record.js';
import { Daemon } from '../../daemon/daemon.js';
import { nodeWorld } from '../../daemon/node-world.js';
import type { FeedStatus } from '../../domain/ports/status.js';
import type { ErrorCode } from '../../errors.js';
import { venueNamed } from '../../exchanges/registry.js';
import { createLogger } from '../../logger.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { write } from './answer.js';
import { compareWithLedger, type Comparison } from './compare-with-ledger.js';
import type { DemoRecord } from './demo-record.js';
import { entryOf, openData } from './open-data.js';
import { openProgress } from './progress.js';
import { untilSignal } from './signals.js';

export const DEMO_HOST = '127.0.0.1';

/** Sent trades arrive within this time, or are missing. */
const ARRIVAL_MAX_MS = 10_000;

/** The market trades after this time even if the daemon has not subscribed to all of it. */
const LIVE_MAX_MS = 2_000;

/** A demo that is about to run: its simulated exchange, its market, and what the user wants of it. */
export interface DemoRun {
  readonly simulator: Simulator;
  readonly market: DemoRecord;
  readonly data: string;
  readonly port: number;
  /** Records so long and compares; undefined: until a signal. */
  readonly seconds: number | undefined;
  /** It continues an earlier demo: trades since the first stored one count, those between the two runs included. */
  readonly isContinued: boolean;
  /** The standard output is for one JSON document. */
  readonly isJson: boolean;
}

interface Outcome {
  readonly ok: boolean;
  readonly seed: number;
  /** How long it recorded. */
  readonly seconds: number;
}

/** Result of a demo without a comparison: it was not requested, or the demo was stopped before it. */
type UncomparedDemo = Outcome & { readonly error?: { readonly code: ErrorCode; readonly message: string } };

/** Result of a comparison with the ledger. */
export type DemoSummary = Outcome & Comparison & { readonly repeated: number; readonly rejects: number; readonly gaps: number };

/** Records the simulated exchange, and where the time of it is set compares what is stored with what was sent. */
export async function runDemo({
  simulator,
  market,
  data,
  port,
  seconds,
  isContinued,
  isJson,
}: DemoRun): Promise<DemoSummary | UncomparedDemo> {
  const { seed } = market;
  const markets = simulator.ledger.symbols().map((name) => `binance:${symbolOf(name)}`);
  const config = loadConfig(
    null,
    { SERAC_LOG_LEVEL: process.env['SERAC_LOG_LEVEL'] ?? 'warn' },
    {
      feeds: markets,
      data,
      api: { host: DEMO_HOST, port },
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
    if (isJson) process.stderr.write(`${line}\n`);
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
    if (isContinued) await giveAll(simulator, data);
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
