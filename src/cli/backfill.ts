import process from 'node:process';
import type { Command } from 'commander';
import type { FeedJson } from '../codec/json/feed-json.js';
import { loadConfig } from '../config/load-config.js';
import { readDaemonRecord } from '../daemon/daemon-record.js';
import { nodeTime } from '../daemon/node-time.js';
import { venueAccess } from '../daemon/venue-access.js';
import { feedIdText, parseFeedId, type FeedId } from '../domain/symbol.js';
import { asError, SeracError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import { backfill, type BackfillResult } from '../recording/repair/backfill.js';
import { ClickHouseSink, COMMAND_WRITE_DEADLINE_MS } from '../sinks/clickhouse-sink.js';
import { CommandLane } from '../sinks/command-lane.js';
import { RestClient } from '../sources/rest/rest-client.js';
import { OneMarketStore } from '../store/queries/one-market-store.js';
import { write, writeJson } from './support/answer.js';
import { assertNoDemo } from './support/demo-record.js';
import { oneEpoch, openData, openServer } from './support/open-data.js';
import { openProgress, type Progress } from './support/progress.js';
import { examples, readRange } from './support/read-flags.js';
import { exitCodeOf, stopSignal } from './support/signals.js';

interface BackfillFlags {
  readonly from: string;
  readonly to: string;
  readonly data?: string;
  readonly config?: string;
  readonly json?: true;
}

/** Most ranges that are named. */
const RANGES_SHOWN_MAX = 20;

/** `serac backfill`: fetches the missing trades of a market in a time range, however old they are. */
export function backfillCommand(program: Command): void {
  program
    .command('backfill')
    .summary('fetches missing trades, however old')
    .description('fetches the trades of a market that are missing in a time range from the exchange, however old they are')
    .argument('<market>', 'EXCHANGE:SYMBOL')
    .requiredOption('--from <time>', 'start of the range (event time), inclusive')
    .requiredOption('--to <time>', 'end of the range, exclusive')
    .option('--data <dir>', 'data folder; default: the configured one')
    .option('-c, --config <file>', 'configuration file; default ./serac.yaml if it exists')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(['backfill binance:BTC-USDT --from 2026-11-01 --to 2026-11-02', 'backfills a day that was not recorded']),
    )
    .action(async (market: string, flags: BackfillFlags) => {
      const summary = await run(parseFeedId(market), flags);
      if (flags.json) await writeJson(summary);
      else await write(describe(summary));
      if (!summary.ok) process.exitCode = exitCodeOf(summary.stopped);
    });
}

interface Summary {
  readonly ok: boolean;
  readonly market: string;
  /** Trades in the range, by their ids. */
  readonly expected: number;
  /** Trades that were missing and were received. */
  readonly filled: number;
  /** The signal that ended it before it had asked for everything; null if none did. */
  readonly stopped: string | null;
  /** Ids not available from the exchange; of one that was stopped, those that it did not come to. */
  readonly missing: number;
  readonly missingRanges: { readonly first_id: string; readonly last_id: string }[];
  readonly gapsClosed: number;
  readonly candles: number;
  readonly rejects: number;
  /** Whether a daemon is running on the same data: its memory includes these trades after its next start. */
  readonly besideDaemon: boolean;
  readonly seconds: number;
}

async function run(market: FeedId, flags: BackfillFlags): Promise<Summary> {
  const venue = venueNamed(market.exchange);
  const range = readRange(flags);
  const config = loadConfig(flags.config, process.env, flags.data === undefined ? {} : { data: flags.data });
  const { clickhouse } = config;
  assertNoDemo(config.data);
  const world = nodeTime();
  const { clock, random } = world;
  const access = venueAccess(venue, config, process.env, () => clock.now());
  let progress: Progress = { update: () => undefined, stop: () => undefined };
  const stop = stopSignal((name) => {
    progress.stop();
    process.stderr.write(`serac: ${name}: storing what was fetched. A second signal ends at once.\n`);
  });
  const data =
    clickhouse.url === undefined ? await openData(config.data, 'make', 'backfill') : await openServer(clickhouse, process.env, 'write');
  try {
    const sink = new ClickHouseSink(data.client, oneEpoch(), COMMAND_WRITE_DEADLINE_MS);
    const outlet = new CommandLane(sink, world);
    const failures: Error[] = [];
    const daemon = data.joined ? await findDaemon(config.data) : null;
    const began = performance.now();
    const { signal } = stop;
    const result = await backfill(
      { venue, market, range, isShared: data.joined, isRecorded: daemon?.records(market) ?? false },
      {
        ...{
          store: new OneMarketStore(data.client, market),
          sink,
          outlet,
          world,
          random,
          signal,
          onError: (error) => failures.push(asError(error)),
        },
        rest: new RestClient(
          {
            ...{ venue: venue.name, hosts: config.venues[venue.name]?.rest ?? venue.endpoints.rest, limits: venue.rest.limit },
            headers: access.restHeaders,
          },
          clock,
          access.fetch,
        ),
        wait: (ms) => new Promise((resolve) => void clock.setTimeout(resolve, ms)),
        report: (what) => process.stderr.write(`serac: ${what}\n`),
        onMissing: (ids) => (progress = openProgress(ids, 'trades', 1)),
        onFilled: (ids) => progress.update(ids),
      },
    );
    progress.stop();
    if (outlet.failed !== undefined) throw outlet.failed;
    if (failures[0] !== undefined) throw failures[0];
    return summaryOf(market, result, signal, daemon !== null, performance.now() - began);
  } finally {
    stop.dispose();
    progress.stop();
    await data.close();
  }
}

function summaryOf(
  market: FeedId,
  { notGiven, left, ...result }: BackfillResult,
  signal: AbortSignal,
  besideDaemon: boolean,
  ms: number,
): Summary {
  const lacks = left ?? notGiven;
  const missing = lacks.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const named = lacks.slice(0, RANGES_SHOWN_MAX);
  return {
    ...{ ok: missing === 0 && left === null, market: feedIdText(market), ...result },
    ...{ stopped: left === null ? null : String(signal.reason), missing },
    missingRanges: named.map(([first, last]) => ({ first_id: String(first), last_id: String(last) })),
    ...{ besideDaemon, seconds: Number((ms / 1_000).toFixed(3)) },
  };
}

function describe(summary: Summary): string {
  const { ok, market, expected, filled, stopped, missing, missingRanges, gapsClosed, candles, rejects, besideDaemon, seconds } = summary;
  const lacks = stopped === null ? 'not available from the exchange' : 'not asked for to the end';
  return [
    stopped === null
      ? `${ok ? 'OK' : 'FAILED'}: ${filled} trades of ${market} fetched, ${missing} not available, of ${expected} in the range.`
      : `STOPPED by ${stopped}: ${filled} trades of ${market} fetched and stored, ${missing} still missing. The same command fetches the rest.`,
    ...missingRanges.map(({ first_id, last_id }) => `  ${first_id} to ${last_id}: ${lacks}`),
    `${candles} candles written, ${gapsClosed} gaps closed, ${rejects} rejects. ${seconds} s.`,
    ...(besideDaemon
      ? ['A daemon is running on this data: its open candles and its list of gaps will include these trades after its next start.']
      : []),
    '',
  ].join('\n');
}

const ANSWER_MAX_MS = 10_000;

/** A daemon running on a data folder. */
export interface FoundDaemon {
  /** Whether it records a market now; true if it does not answer, because it may. */
  records(feed: FeedId): boolean;
}

/** The daemon of a data folder; null if there is no record of one. */
export async function findDaemon(dataDir: string): Promise<FoundDaemon | null> {
  try {
    const response = await fetch(new URL('/v1/feeds', readDaemonRecord(dataDir).api), { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
    const { data } = (await response.json()) as { data: FeedJson[] };
    return { records: ({ exchange, symbol }) => data.some((feed) => feed.exchange === exchange && feed.symbol === symbol) };
  } catch (error) {
    return error instanceof SeracError && error.code === 'not_found' ? null : { records: () => true };
  }
}
