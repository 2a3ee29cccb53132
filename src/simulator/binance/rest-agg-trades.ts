import { aggTradeFields } from './agg-trade-fields.js';
import { RestError } from './rest-error.js';
import type { RestQuery } from './rest-query.js';

/** `GET /api/v3/aggTrades`: from an aggregate id, or by time with both ends included, or the latest. */
export function restAggTrades(query: RestQuery): string {
  const ledger = query.symbol();
  const { aggregates, trades } = ledger;
  const limit = query.limit();
  const fromId = query.integer('fromId');
  const startTime = query.integer('startTime');
  const endTime = query.integer('endTime');
  if (fromId !== null && (startTime !== null || endTime !== null)) {
    throw new RestError(-1128, 'Combination of optional parameters invalid.');
  }

  const indexAt = (timeMs: number) => aggregates.indexFromRow(trades.firstRowAt(timeMs * 1_000));
  const end = endTime === null ? aggregates.length : indexAt(endTime + 1);
  let first = Math.max(0, end - limit);
  if (fromId !== null) first = Math.max(0, fromId - aggregates.firstId);
  else if (startTime !== null) first = indexAt(startTime);

  const rows: object[] = [];
  for (let index = first; index < Math.min(end, first + limit); index++) {
    rows.push(aggTradeFields(ledger, aggregates.at(index), false));
  }
  return JSON.stringify(rows);
}
