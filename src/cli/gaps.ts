import type { Command } from 'commander';
import { GAP_FIELDS, gapJson, type GapJson } from '../codec/json/gap-json.js';
import { GAP_STATES, type Gap } from '../domain/gap.js';
import { gapPages } from '../store/queries/listed-gaps.js';
import { openData } from './support/open-data.js';
import { printRows } from './support/print-rows.js';
import { examples, readFormat, readMarket } from './support/read-flags.js';
import { assertStored, storedMarkets, unlistedLosses } from './support/stored-markets.js';

interface GapsFlags {
  readonly data: string;
  readonly all?: true;
  readonly format: string;
  readonly json?: true;
  readonly wide?: true;
}

/** Most important first. */
const TABLE_FIELDS = ['exchange', 'symbol', 'first_id', 'last_id', 'reason', 'state', 'opened_at', 'closed_at'] as const;

/** `serac gaps`: ranges of ids that are missing, or were; those that were stored once and are gone, too, where nothing lists them yet. */
export function gapsCommand(program: Command): void {
  program
    .command('gaps')
    .summary('prints which trades are or were missing')
    .description('prints the gaps in the ids of recorded trades')
    .argument('[market]', 'EXCHANGE:SYMBOL; default: all')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--all', 'include closed gaps')
    .option('--format <format>', 'table, json or csv', 'table')
    .option('--json', 'the same as --format json')
    .option('--wide', 'show all columns in a table, not only those that fit the terminal (80 characters without a terminal)')
    .addHelpText(
      'after',
      examples(
        ['gaps', 'missing trades of all markets'],
        ['gaps binance:BTC-USDT --all --wide', 'missing and backfilled trades of one market'],
      ),
    )
    .action(async (market: string | undefined, flags: GapsFlags) => {
      const feed = market === undefined ? undefined : readMarket(market);
      const format = readFormat(flags, ['table', 'json', 'csv']);
      const data = await openData(flags.data, 'read');
      try {
        const states = GAP_STATES.filter((state) => flags.all === true || state !== 'closed');
        const markets = (await storedMarkets(data.client)).filter((stored) => market === undefined || stored.market === market);
        const empty = async (): Promise<string> => {
          if (feed !== undefined) await assertStored(data.client, feed, flags.data);
          const trades = markets.reduce((sum, stored) => sum + stored.trades, 0);
          return `No gaps among ${trades} trades of ${market ?? `${markets.length} ${markets.length === 1 ? 'market' : 'markets'}`}.`;
        };
        await printRows(
          { format, fields: GAP_FIELDS, tableFields: TABLE_FIELDS, wide: flags.wide === true, empty },
          pagesOf(gapPages(data.client, { ...feed, states }), unlistedLosses(data.client, markets, Date.now() * 1_000)),
        );
      } finally {
        await data.close();
      }
    });
}

async function* pagesOf(...lists: AsyncIterable<readonly Gap[]>[]): AsyncGenerator<GapJson[]> {
  for (const gaps of lists) for await (const page of gaps) yield page.map((gap) => gapJson(gap, 'rfc3339'));
}
