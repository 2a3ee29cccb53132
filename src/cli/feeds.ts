import type { Command } from 'commander';
import type { FeedJson } from '../codec/json/feed-json.js';
import { messageOf, SeracError } from '../errors.js';
import { readDaemonRecord } from './support/daemon-file.js';
import { printRows } from './support/print-rows.js';
import { readFormat } from './support/read-flags.js';

interface FeedsFlags {
  readonly data: string;
  readonly api?: string;
  readonly format: string;
  readonly json?: true;
}

const FIELDS = [
  ...([
    'exchange',
    'symbol',
    'connection',
    'continuity',
    'degradation',
    'trades',
    'last_trade_id',
    'last_event_time',
    'unacknowledged',
  ] as const),
  ...(['connection_id', 'holes'] as const),
] as const;
const TABLE_FIELDS = FIELDS.slice(0, 9);

/** `serac feeds`: how the feeds of a running daemon do. */
export function feedsCommand(program: Command): void {
  program
    .command('feeds')
    .description('shows the feeds of the daemon that runs on a data folder')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--api <url>', 'address of the daemon, instead of the one that its folder names')
    .option('--format <format>', 'table or json', 'table')
    .option('--json', 'the same as --format json')
    .action(async (flags: FeedsFlags) => {
      const format = readFormat(flags.json ? 'json' : flags.format);
      if (format !== 'table' && format !== 'json') throw new SeracError('usage', 'Feeds are printed as table or json.');
      const api = flags.api ?? readDaemonRecord(flags.data).api;
      const feeds = await fetchFeeds(api);
      await printRows(format, FIELDS, TABLE_FIELDS, [feeds]);
    });
}

async function fetchFeeds(api: string): Promise<FeedJson[]> {
  let response: Response;
  try {
    response = await fetch(new URL('/v1/feeds', api), { signal: AbortSignal.timeout(10_000) });
  } catch (cause) {
    throw new SeracError('not_found', `No daemon answers at ${api}: ${messageOf(cause)}.`, { cause });
  }
  if (!response.ok) throw new SeracError('internal', `The daemon at ${api} answered ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { data: FeedJson[] };
  return data;
}
