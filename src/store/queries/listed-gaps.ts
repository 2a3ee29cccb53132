import type { ClickHouseClient } from '@clickhouse/client';
import { GAP_STATES, type Gap, type GapQuery, type GapReason, type GapState } from '../../domain/gap.js';
import { select } from './select.js';

interface GapText {
  readonly exchange: string;
  readonly symbol: string;
  readonly first: string;
  readonly last: string | null;
  readonly reason: GapReason;
  readonly state: GapState;
  readonly opened_us: string;
  readonly closed_us: string | null;
}

/** A page of the table `gaps`: the latest state of each gap, by exchange, symbol and first id. */
export async function listedGaps(client: ClickHouseClient, query: GapQuery, signal?: AbortSignal): Promise<Gap[]> {
  const { exchange, symbol, states, after, limit } = query;
  const parameters = {
    ...{ exchange: exchange ?? '', symbol: symbol ?? '', states, limit },
    ...{ afterExchange: after?.exchange ?? '', afterSymbol: after?.symbol ?? '', afterFirst: after?.first ?? 0 },
  };
  const rows = await select<GapText>(client, GAPS, parameters, signal);
  return rows.map((row) => ({
    ...{ exchange: row.exchange, symbol: row.symbol, first: Number(row.first), last: row.last === null ? null : Number(row.last) },
    ...{ reason: row.reason, state: row.state, openedAt: Number(row.opened_us) },
    closedAt: row.closed_us === null ? null : Number(row.closed_us),
  }));
}

/** Rows per statement if all gaps are requested. */
const PAGE_ROWS = 10_000;

/** All gaps of a query, page by page, in the order of their positions. */
export async function* gapPages(client: ClickHouseClient, query: Omit<GapQuery, 'after' | 'limit'>): AsyncGenerator<readonly Gap[]> {
  let after: Gap | undefined;
  do {
    const gaps = await listedGaps(client, { ...query, ...(after === undefined ? {} : { after }), limit: PAGE_ROWS });
    if (gaps.length > 0) yield gaps;
    after = gaps.length < PAGE_ROWS ? undefined : gaps.at(-1);
  } while (after !== undefined);
}

/** Gaps of a venue, or of one of its markets, that are not closed. */
export async function openGaps(client: ClickHouseClient, market: Pick<GapQuery, 'exchange' | 'symbol'>): Promise<Gap[]> {
  const gaps: Gap[] = [];
  for await (const page of gapPages(client, { ...market, states: NOT_CLOSED })) gaps.push(...page);
  return gaps;
}

const NOT_CLOSED = GAP_STATES.filter((state) => state !== 'closed');

/** No gap has an empty exchange: all are after the empty position. */
const GAPS = `
  SELECT exchange, symbol, toString(first_id) AS first, toString(last_id) AS last, reason, state_text AS state, opened_us, closed_us
  FROM (
    SELECT exchange, symbol, first_id, last_id, reason, toString(state) AS state_text,
      toString(toUnixTimestamp64Micro(opened_at)) AS opened_us, toString(toUnixTimestamp64Micro(closed_at)) AS closed_us
    FROM gaps
    WHERE ({exchange:String} = '' OR exchange = {exchange:String}) AND ({symbol:String} = '' OR symbol = {symbol:String})
      AND (exchange, symbol, first_id) > ({afterExchange:String}, {afterSymbol:String}, {afterFirst:UInt64})
    ORDER BY exchange, symbol, first_id, version DESC
    LIMIT 1 BY exchange, symbol, first_id
  )
  WHERE state_text IN {states:Array(String)}
  ORDER BY exchange, symbol, first_id
  LIMIT {limit:UInt32}`;
