import type { Command } from 'commander';
import type { FeedJson } from '../codec/json/feed-json.js';
import { readDaemonRecord } from '../daemon/daemon-record.js';
import { messageOf, SeracError } from '../errors.js';
import { findDataFolder } from '../store/data-folder.js';
import { examples } from './support/examples.js';
import { printRows } from './support/print-rows.js';
import { readFormat } from './support/read-flags.js';

interface FeedsFlags {
  readonly data: string;
  readonly api?: string;
  readonly format: string;
  readonly json?: true;
  readonly wide?: true;
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
  ...(['connection_id', 'holes', 'trouble'] as const),
] as const;

/** Most important first. */
const TABLE_FIELDS = [
  ...(['exchange', 'symbol', 'connection', 'continuity', 'trades', 'last_event_time'] as const),
  ...(['degradation', 'last_trade_id', 'unacknowledged'] as const),
] as const;

/** `serac feeds`: status of the feeds of a running daemon. */
export function feedsCommand(program: Command): void {
  program
    .command('feeds')
    .summary('shows the feeds of a running daemon')
    .description('shows the feeds of the daemon running on a data folder')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--api <url>', 'address of the daemon; default: the one in its data folder')
    .option('--format <format>', 'table or json', 'table')
    .option('--json', 'the same as --format json')
    .option('--wide', 'show all columns in a table, not only those that fit the terminal (80 characters without a terminal)')
    .addHelpText(
      'after',
      examples(
        ['feeds', 'feeds of the daemon on ./serac-data'],
        ['feeds --api http://127.0.0.1:8080', 'feeds of the daemon at that address'],
      ),
    )
    .action(async (flags: FeedsFlags) => {
      const format = readFormat(flags, ['table', 'json']);
      const api = flags.api ?? readDaemonRecord(findDataFolder(flags.data).dir).api;
      const feeds = await fetchFeeds(api);
      const rows = format === 'table' ? feeds.map(withCause) : feeds;
      await printRows(
        { format, fields: FIELDS, tableFields: TABLE_FIELDS, wide: flags.wide === true, empty: () => 'No market is recorded.' },
        [rows],
      );
    });
}

/** Why a feed is not connected, in short: a table has no room for the whole reason. */
export function withCause(feed: FeedJson): FeedJson {
  const cause = feed.trouble?.cause ?? feed.suspension?.kind;
  return cause === undefined ? feed : { ...feed, connection: `${feed.connection} (${cause})` };
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
