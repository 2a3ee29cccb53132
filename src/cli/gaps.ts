import type { Command } from 'commander';
import { storedGaps } from '../store/queries/stored-gaps.js';
import { examples } from './support/examples.js';
import { openData } from './support/open-data.js';
import { printRows } from './support/print-rows.js';
import { readFormat, readMarket } from './support/read-flags.js';
import { assertStored, storedMarkets } from './support/stored-markets.js';

interface GapsFlags {
  readonly data: string;
  readonly all?: true;
  readonly format: string;
  readonly json?: true;
  readonly wide?: true;
}

const FIELDS = ['exchange', 'symbol', 'first_id', 'last_id', 'reason', 'state', 'opened_at', 'closed_at'] as const;

/** What matters most first. */
const TABLE_FIELDS = ['exchange', 'symbol', 'first_id', 'last_id', 'reason', 'state', 'opened_at', 'closed_at'] as const;

/** `serac gaps`: ranges of ids that are missing, or were. */
export function gapsCommand(program: Command): void {
  program
    .command('gaps')
    .summary('prints which trades are missing, or were')
    .description('prints the gaps in the ids of recorded trades')
    .argument('[market]', 'EXCHANGE:SYMBOL; without it, all')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--all', 'closed gaps too')
    .option('--format <format>', 'table, json or csv', 'table')
    .option('--json', 'the same as --format json')
    .option('--wide', 'all columns in a table, not those alone that fit the terminal (80 characters where there is none)')
    .addHelpText(
      'after',
      examples(['gaps', 'what is missing'], ['gaps binance:BTC-USDT --all --wide', 'what is, and what was, of one market']),
    )
    .action(async (market: string | undefined, flags: GapsFlags) => {
      const feed = market === undefined ? undefined : readMarket(market);
      const format = readFormat(flags, ['table', 'json', 'csv']);
      const data = await openData(flags.data, 'read');
      try {
        const rows = await storedGaps(data.client, feed, flags.all === true);
        const empty = async (): Promise<string> => {
          if (feed !== undefined) await assertStored(data.client, feed, flags.data);
          const markets = (await storedMarkets(data.client)).filter((stored) => market === undefined || stored.market === market);
          const trades = markets.reduce((sum, stored) => sum + stored.trades, 0);
          return `No gaps among ${trades} trades of ${market ?? `${markets.length} ${markets.length === 1 ? 'market' : 'markets'}`}.`;
        };
        await printRows({ format, fields: FIELDS, tableFields: TABLE_FIELDS, wide: flags.wide === true, empty }, [rows]);
      } finally {
        await data.close();
      }
    });
}
