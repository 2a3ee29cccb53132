import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { formatUs } from '../codec/json/time.js';
import { nodeFiles } from '../daemon/node-files.js';
import { nodeTime } from '../daemon/node-time.js';
import { INTERVALS } from '../domain/candle.js';
import { IdIntervals, type IdRange } from '../domain/id-intervals.js';
import type { Gap } from '../domain/gap.js';
import type { TimeRange } from '../domain/ports/reader.js';
import { Stamps } from '../domain/stamps.js';
import { SymbolTable } from '../domain/symbol-table.js';
import { unlessStopped } from '../recording/repair/fill-ids.js';
import { gapsOfLost, lostIds, writeGaps } from '../recording/repair/gaps-of-commands.js';
import { restore } from '../streams/candles/refold.js';
import type { StaleWindow } from '../streams/candles/stale-windows.js';
import { MarketState } from '../streams/market-state.js';
import { OneMarketStore } from '../store/queries/one-market-store.js';
import { StoredCoverage } from '../store/queries/stored-coverage.js';
import { feedIdText, type FeedId } from '../domain/symbol.js';
import { asError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import { RECORDER_DEFAULTS } from '../recording/recorder/recorder-ports.js';
import { microseconds, openRecorder } from '../recording/open-recorder.js';
import { verifyCandles } from '../recording/recorder/verify-candles.js';
import { BATCH_FOLDERS, unwrittenBatches } from '../sinks/batch-files.js';
import { ClickHouseSink, COMMAND_WRITE_DEADLINE_MS } from '../sinks/clickhouse-sink.js';
import { CommandLane } from '../sinks/command-lane.js';
import { AuditStore, type NamedMarket } from '../store/queries/audit-store.js';
import { write, writeJson } from './support/answer.js';
import { oneEpoch, openData, type OpenedData } from './support/open-data.js';
import { examples, readMarket, readRange } from './support/read-flags.js';
import { exitCodeOf, stopSignal, type StopSignal } from './support/signals.js';
import { assertStored } from './support/stored-markets.js';

interface VerifyFlags {
  readonly from?: string;
  readonly to?: string;
  readonly data: string;
  readonly fix?: true;
  readonly json?: true;
}

interface MarketReport {
  readonly market: string;
  readonly trades: number;
  readonly duplicates: number;
  /** Ids that were stored and are not any more. */
  readonly missing: number;
  /** The first of them. */
  readonly missing_ranges: { readonly first_id: string; readonly last_id: string }[];
  readonly candles: number;
  readonly mismatches: { readonly interval: string; readonly open_time: string | number }[];
  readonly fixed: number;
}

/**
 * `serac verify`: compares the checkpoints with the stored trades, and each stored candle with a second fold of these. `--fix` lists lost trades as gaps, and recomputes the candles that differ.
 */
export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('compares stored candles with their trades')
    .description('compares the stored trades with the checkpoints, and stored candles with a second fold of the trades')
    .argument('[market]', 'EXCHANGE:SYMBOL; default: all stored markets')
    .option('--from <time>', 'first event time; default: everything stored')
    .option('--to <time>', 'end of the range, exclusive')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--fix', 'list missing trades as gaps, and recompute the candles that differ')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        ['verify', 'checks everything stored'],
        ['verify binance:BTC-USDT --from 2026-11-01 --to 2026-11-02 --fix', 'checks and repairs one market and day'],
      ),
    )
    .action(async (market: string | undefined, flags: VerifyFlags) => {
      const feed = market === undefined ? undefined : readMarket(market);
      readRange(flags);
      // What only reads can end at once.
      const stop = flags.fix
        ? stopSignal((name) => process.stderr.write(`serac: ${name}: storing what was recomputed. A second signal ends at once.\n`))
        : NEVER_STOPPED;
      const data = await openData(flags.data, flags.fix ? 'write' : 'read');
      try {
        // Before the rows are read: a daemon that starts meanwhile stores them.
        let waiting = 0;
        for (const name of BATCH_FOLDERS) {
          const { folder, batches } = unwrittenBatches(flags.data, nodeFiles, name);
          waiting += batches;
          if (batches === 0) continue;
          process.stderr.write(
            `serac: ${batches} ${batches === 1 ? 'batch waits' : 'batches wait'} in ${folder} to be stored by a daemon: their trades and candles are not in the store yet.\n`,
          );
        }
        const stored = await new AuditStore(data.client).markets();
        const wanted = feed === undefined ? stored : stored.filter((symbol) => feedIdText(symbol) === feedIdText(feed));
        if (feed !== undefined && wanted.length === 0) await assertStored(data.client, feed, flags.data);
        const reports: MarketReport[] = [];
        let done = 0;
        for (const symbol of wanted) {
          const report = await verify(data, symbol, flags, stop.signal);
          if (report === null) break;
          reports.push(report);
          if (!stop.signal.aborted || report.fixed === report.mismatches.length) done += 1;
        }
        const stopped = done < wanted.length ? String(stop.signal.reason) : null;
        const areWell = reports.every(
          (report) => report.duplicates === 0 && report.missing === 0 && report.mismatches.length === report.fixed,
        );
        const ok = areWell && stopped === null;
        if (flags.json) await writeJson({ ok, stopped, unwritten_batches: waiting, markets: reports });
        else {
          await write(wanted.length === 0 ? 'Nothing is stored there.\n' : reports.map(describe).join(''));
          if (stopped !== null)
            await write(`STOPPED by ${stopped}: ${done} of ${wanted.length} markets were done. The same command goes on with the rest.\n`);
        }
        if (!ok) process.exitCode = exitCodeOf(stopped);
      } finally {
        stop.dispose();
        await data.close();
      }
    });
}

const NEVER_STOPPED: StopSignal = { signal: new AbortController().signal, dispose: () => undefined };

/** A candle is written within this time after the trade that closes it. */
const WRITTEN_AFTER_US = 10_000_000;

/** Ranges of missing ids that a report names. */
const RANGES_NAMED_MAX = 1_000;

/** @returns null if it was stopped before anything was found out */
async function verify(data: OpenedData, named: NamedMarket, flags: VerifyFlags, signal: AbortSignal): Promise<MarketReport | null> {
  const market: FeedId = { exchange: named.exchange, symbol: named.symbol };
  const { exchange, symbol } = market;
  const asked = readRange(flags);
  const { first, last } = named.times ?? { first: 0, last: -1 };
  const range = { from: Math.max(asked.from, first), to: Math.min(asked.to, last + 1) };
  const store = new OneMarketStore(data.client, market);
  const audit = new AuditStore(data.client);
  const state = new MarketState(new SymbolTable(exchange));
  const gone = (await restore(state, store, RECORDER_DEFAULTS.allowedLatenessMs * 1_000, true)).get(symbol) ?? [];
  const { coverage } = state.of(state.symbols.codeOf(symbol));
  const known = await store.openGaps();
  const lost = within(lostIds(gone, known, coverage.seen), await idsAround(data, market, asked));

  const counts = await audit.counts(exchange, symbol, range.to > range.from ? [[0, Number.MAX_SAFE_INTEGER]] : [], range);
  // Beside a daemon the newest windows are still in its memory.
  const endedBefore = data.joined ? last - WRITTEN_AFTER_US : Infinity;
  const compare = async () =>
    range.to <= range.from
      ? { candles: 0, wrong: [] }
      : await verifyCandles(exchange, symbol, range, {
          ...{ store, audit, endedBefore },
          coverage: { ...coverage, seen: withoutMissing(coverage.seen, lost, known) },
        });
  const compared = await unlessStopped(signal, sleep, compare).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (compared === null) return null;
  const { candles, wrong } = compared;
  const mismatches = wrong.map(({ level, openTime }) => ({ interval: INTERVALS[level]!, open_time: formatUs(openTime, 0, 'rfc3339') }));
  let fixed = 0;
  if (flags.fix) {
    const folded = await fix(data, market, { store, known, lost, gone, wrong, signal });
    fixed = signal.aborted || wrong.length + gone.length === 0 ? folded : wrong.length - (await compare()).wrong.length;
  }
  return {
    ...{ market: feedIdText(market), trades: counts.stored, duplicates: counts.duplicates, missing: lost.count() },
    missing_ranges: lost
      .ranges()
      .slice(0, RANGES_NAMED_MAX)
      .map((ids) => ({ first_id: String(ids[0]), last_id: String(ids[1]) })),
    ...{ candles, mismatches, fixed },
  };
}

interface Findings {
  readonly store: OneMarketStore;
  /** Gaps that are listed. */
  readonly known: readonly Gap[];
  readonly lost: IdIntervals;
  /** Ids that a checkpoint names though they are not stored. */
  readonly gone: readonly IdRange[];
  readonly wrong: readonly StaleWindow[];
  readonly signal: AbortSignal;
}

/** Windows recomputed at a time: a stop waits for them. */
const WINDOWS_AT_ONCE = 2_000;

/** Lists lost trades as gaps, and recomputes candles that differ; returns how many were recomputed, fewer after a stop. */
async function fix(data: OpenedData, market: FeedId, { store, known, lost, gone, wrong, signal }: Findings): Promise<number> {
  const { exchange, symbol } = market;
  const sink = new ClickHouseSink(data.client, oneEpoch(), COMMAND_WRITE_DEADLINE_MS);
  const world = nodeTime();
  const outlet = new CommandLane(sink, world);
  const nowUs = (): number => microseconds(world.clock);
  const stamps = new Stamps(nowUs);
  await stamps.resume(store, exchange);
  await writeGaps(gapsOfLost(market, lost.ranges(), known, nowUs()), sink, stamps, store);
  if (wrong.length === 0 && gone.length === 0) return 0;
  const failures: Error[] = [];
  const report = (error: unknown): void => void failures.push(asError(error));
  const recorder = openRecorder(world, venueNamed(exchange), { store, outlet, stamps, report });
  await recorder.start(true);
  let folded = 0;
  while (folded < wrong.length && !signal.aborted) {
    const windows = wrong.slice(folded, folded + WINDOWS_AT_ONCE);
    await recorder.reconciliation.foldAgain(symbol, windows);
    folded += windows.length;
  }
  // They are listed now. Beside a daemon it is the daemon that says what is stored.
  if (!data.joined && folded === wrong.length) await recorder.reconciliation.withdraw(new Map(gone.length > 0 ? [[symbol, gone]] : []));
  if (outlet.failed !== undefined) throw outlet.failed;
  if (failures[0] !== undefined) throw failures[0];
  return folded;
}

/** The ids that trades of a range of time may have, by the trades on both sides of it. */
async function idsAround({ client }: OpenedData, market: FeedId, range: TimeRange): Promise<IdRange> {
  const { before, after } = await new StoredCoverage(client).marks(market, range);
  return [(before?.id ?? -1) + 1, (after?.id ?? Number.MAX_SAFE_INTEGER) - 1];
}

function within(ids: IdIntervals, [first, last]: IdRange): IdIntervals {
  return first > last ? new IdIntervals() : ids.within(new IdIntervals([[first, last]]));
}

/**
 * The ids between the first and the last seen that are not known to be missing. Others may be unknown here alone: a daemon writes down
 * only now and then which ids hold no trade.
 */
function withoutMissing(seen: IdIntervals, lost: IdIntervals, gaps: readonly Gap[]): IdIntervals {
  const { first, last } = seen;
  if (first === undefined || last === undefined) return seen;
  const missing = new IdIntervals(lost.ranges());
  for (const gap of gaps) missing.addAll(seen.missingWithin(gap.first, gap.last ?? last));
  return new IdIntervals([[first, last]]).without(missing);
}

function describe({ market, trades, duplicates, missing, missing_ranges, candles, mismatches, fixed }: MarketReport): string {
  const ranges = missing_ranges.slice(0, 20).map(({ first_id, last_id }) => `  ${first_id} to ${last_id}: stored before, and gone\n`);
  const moreRanges = missing_ranges.length > 20 ? '  and more ranges (--json names them)\n' : '';
  const named = mismatches.slice(0, 20).map(({ interval, open_time }) => `  ${interval} ${open_time}\n`);
  const more = mismatches.length > 20 ? `  and ${mismatches.length - 20} more\n` : '';
  const mended = fixed > 0 ? `, ${fixed} recomputed` : '';
  return [
    `${market}: ${trades} trades, ${duplicates} twice, ${missing} missing; ${candles} candles, ${mismatches.length} differ${mended}.\n`,
    ...ranges,
    moreRanges,
    ...named,
    more,
  ].join('');
}
