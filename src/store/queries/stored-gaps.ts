import type { ClickHouseClient } from '@clickhouse/client';
import type { FeedId } from '../../domain/symbol.js';
import { select } from './select.js';

/** A row of the table `gaps`, newest word on each gap; ids and times as text. */
export interface StoredGap {
  readonly exchange: string;
  readonly symbol: string;
  readonly first_id: string;
  readonly last_id: string | null;
  readonly reason: string;
  readonly state: 'open' | 'closed' | 'unrepairable';
  /** RFC 3339. */
  readonly opened_at: string;
  readonly closed_at: string | null;
}

/** Gaps of a market, or of all; closed ones only where they are asked for. */
export async function storedGaps(client: ClickHouseClient, feed: FeedId | undefined, closedToo: boolean): Promise<StoredGap[]> {
  return await select<StoredGap>(
    client,
    `SELECT * FROM (
       SELECT exchange, symbol, toString(first_id) AS first_id, toString(last_id) AS last_id, reason, toString(state) AS state,
         concat(replaceOne(toString(opened_at), ' ', 'T'), 'Z') AS opened_at,
         if(closed_at IS NULL, NULL, concat(replaceOne(toString(closed_at), ' ', 'T'), 'Z')) AS closed_at
       FROM gaps
       WHERE ({exchange:String} = '' OR exchange = {exchange:String}) AND ({symbol:String} = '' OR symbol = {symbol:String})
       ORDER BY exchange, symbol, gaps.first_id, version DESC
       LIMIT 1 BY exchange, symbol, gaps.first_id
     ) WHERE {closedToo:UInt8} = 1 OR state != 'closed'
     ORDER BY exchange, symbol, toUInt64(first_id)`,
    { exchange: feed?.exchange ?? '', symbol: feed?.symbol ?? '', closedToo: closedToo ? 1 : 0 },
  );
}
