import type { Command } from 'commander';
import { parseFeedId } from '../domain/symbol.js';
import { storedGaps } from '../store/queries/stored-gaps.js';
import { openData } from './support/open-data.js';
import { printRows } from './support/print-rows.js';
import { readFormat } from './support/read-flags.js';

interface GapsFlags {
  readonly data: string;
  readonly all?: true;
  readonly format: string;
  readonly json?: true;
}

const FIELDS = ['exchange', 'symbol', 'first_id', 'last_id', 'reason', 'state', 'opened_at', 'closed_at'] as const;

/** `serac gaps`: ranges of ids that are missing, or were. */
export function gapsCommand(program: Command): void {
  program
    .command('gaps')
    .description('prints the gaps in the ids of recorded trades')
    .argument('[market]', 'EXCHANGE:SYMBOL; without it, all')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--all', 'closed gaps too')
    .option('--format <format>', 'table, json or csv', 'table')
    .option('--json', 'the same as --format json')
    .action(async (market: string | undefined, flags: GapsFlags) => {
      const feed = market === undefined ? undefined : parseFeedId(market);
      const format = readFormat(flags.json ? 'json' : flags.format);
      const data = await openData(flags.data, { mayCreate: false });
      try {
        const rows = await storedGaps(data.client, feed, flags.all === true);
        await printRows(format === 'arrow' ? 'json' : format, FIELDS, FIELDS, [rows]);
      } finally {
        await data.close();
      }
    });
}
