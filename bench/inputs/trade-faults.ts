import type { ClickHouseClient } from '@clickhouse/client';
import { select } from '../../src/store/queries/select.js';
import type { SentMarket } from './load-tape.js';

interface Counted {
  readonly symbol: string;
  readonly rows: string;
  readonly ids: string;
  readonly first: string;
  readonly last: string;
}

/** Ids are counted in a bitmap: exact, and small for ids that follow one another. */
const COUNT = `
  SELECT symbol, toString(count()) AS rows, toString(groupBitmap(trade_id)) AS ids, toString(min(trade_id)) AS first, toString(max(trade_id)) AS last
  FROM trades_data GROUP BY symbol`;

/** Counts what is stored of each market that was sent: every trade once, and no other. */
export async function tradeFaults(client: ClickHouseClient, markets: readonly SentMarket[]): Promise<string[]> {
  const stored = new Map((await select<Counted>(client, COUNT, {})).map((row) => [row.symbol, row]));
  return markets.flatMap(({ symbol, firstId, trades }) => {
    const row = stored.get(symbol);
    const [rows, ids, first, last] = [row?.rows, row?.ids, row?.first, row?.last].map(Number);
    if (rows === trades && ids === trades && first === firstId && last === firstId + trades - 1) return [];
    return [`${symbol}: ${rows} rows of ${ids} trades are stored, ids ${first} to ${last}; ${trades} from ${firstId} on were sent`];
  });
}
