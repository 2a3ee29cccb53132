import process from 'node:process';
import type { Command } from 'commander';
import { formatUs } from '../codec/json/time.js';
import { INTERVALS } from '../domain/interval.js';
import type { StoredSymbol } from '../domain/ports/reader.js';
import { feedIdText } from '../domain/symbol.js';
import { asError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import { RECORDER_DEFAULTS } from '../recording/recorder/recorder-ports.js';
import { recorderPorts } from '../recording/recorder/recorder-ports.js';
import { VenueRecorder } from '../recording/recorder/venue-recorder.js';
import { verifyCandles } from '../recording/recorder/verify-candles.js';
import { unwrittenBatches } from '../sinks/batch-files.js';
import { ClickHouseSink } from '../sinks/clickhouse-sink.js';
import { openOutlet } from '../sinks/direct-outlet.js';
import { AuditStore } from '../store/queries/audit-store.js';
import { ClickHouseFoldStore } from '../store/queries/fold-store.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { write, writeJson } from './support/answer.js';
import { examples } from './support/examples.js';
import { openData, type OpenedData } from './support/open-data.js';
import { readMarket, readRange } from './support/read-flags.js';
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
  readonly candles: number;
  readonly mismatches: { readonly interval: string; readonly open_time: string | number }[];
  readonly fixed: number;
}

/** `serac verify`: compares each stored candle with a second fold of the stored trades; `--fix` writes those that differ anew. */
export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('compares stored candles with their trades')
    .description('compares stored candles with a second fold of the stored trades')
    .argument('[market]', 'EXCHANGE:SYMBOL; default: all stored markets')
    .option('--from <time>', 'first event time; default: everything stored')
    .option('--to <time>', 'end of the range, exclusive')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--fix', 'recompute the candles that differ')
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
      const data = await openData(flags.data, flags.fix ? 'write' : 'read');
      try {
        // Before the rows are read: a daemon that starts meanwhile stores them.
        const { folder, batches } = unwrittenBatches(flags.data);
        if (batches > 0) {
          process.stderr.write(
            `serac: ${batches} ${batches === 1 ? 'batch waits' : 'batches wait'} in ${folder} for the next start of the daemon: their trades and candles are not in the store yet.\n`,
          );
        }
        const stored = await new StoredReader(data.client).symbols();
        const wanted = feed === undefined ? undefined : feedIdText(feed);
        const reports: MarketReport[] = [];
        for (const symbol of stored) {
          if (wanted === undefined || feedIdText(symbol) === wanted) reports.push(await verify(data, symbol, flags));
        }
        if (feed !== undefined && reports.length === 0) await assertStored(data.client, feed, flags.data);
        const ok = reports.every((report) => report.duplicates === 0 && report.mismatches.length === report.fixed);
        if (flags.json) await writeJson({ ok, unwritten_batches: batches, markets: reports });
        else await write(reports.length === 0 ? 'Nothing is stored there.\n' : reports.map(describe).join(''));
        if (!ok) process.exitCode = 1;
      } finally {
        await data.close();
      }
    });
}

/** A candle is written within this after the trade that closes it. */
const WRITTEN_AFTER_US = 10_000_000;

async function verify(
  data: OpenedData,
  { exchange, symbol, firstTime, lastTime }: StoredSymbol,
  flags: VerifyFlags,
): Promise<MarketReport> {
  const asked = readRange(flags);
  const range = { from: Math.max(asked.from, firstTime), to: Math.min(asked.to, lastTime + 1) };
  const fold = new ClickHouseFoldStore(data.client);
  const audit = new AuditStore(data.client);
  const market = feedIdText({ exchange, symbol });
  if (range.to <= range.from) return { market, trades: 0, duplicates: 0, candles: 0, mismatches: [], fixed: 0 };
  const counts = await audit.counts(exchange, symbol, [[0, Number.MAX_SAFE_INTEGER]]);
  // Beside a daemon the newest windows are still in its memory.
  const endedBefore = data.joined ? lastTime - WRITTEN_AFTER_US : Infinity;
  const { candles, wrong } = await verifyCandles(exchange, symbol, range, fold, audit, endedBefore);
  const mismatches = wrong.map(({ level, openTime }) => ({ interval: INTERVALS[level]!, open_time: formatUs(openTime, 0, 'rfc3339') }));
  let fixed = 0;
  if (flags.fix && wrong.length > 0) {
    const outlet = openOutlet(new ClickHouseSink(() => data.client));
    const failures: Error[] = [];
    const recorder = new VenueRecorder(
      venueNamed(exchange),
      recorderPorts(
        fold,
        outlet,
        () => Date.now() * 1_000,
        (error) => failures.push(asError(error)),
      ),
      RECORDER_DEFAULTS,
    );
    await recorder.start();
    await recorder.foldAgain(symbol, wrong);
    if (outlet.failed !== undefined) throw outlet.failed;
    if (failures[0] !== undefined) throw failures[0];
    fixed = wrong.length - (await verifyCandles(exchange, symbol, range, fold, audit, endedBefore)).wrong.length;
  }
  return { market, trades: counts.stored, duplicates: counts.duplicates, candles, mismatches, fixed };
}

function describe({ market, trades, duplicates, candles, mismatches, fixed }: MarketReport): string {
  const named = mismatches.slice(0, 20).map(({ interval, open_time }) => `  ${interval} ${open_time}\n`);
  const more = mismatches.length > 20 ? `  and ${mismatches.length - 20} more\n` : '';
  const mended = fixed > 0 ? `, ${fixed} recomputed` : '';
  return `${market}: ${trades} trades, ${duplicates} twice; ${candles} candles, ${mismatches.length} differ${mended}.\n${named.join('')}${more}`;
}
