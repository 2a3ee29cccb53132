import { TRADE_FIELDS, tradeJson, type TradeJson } from '../../codec/json/trade-json.js';
import type { TradeRow } from '../../domain/ports/reader.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { tradePage } from '../pages/trade-page.js';
import { directionOf, readMarket, readRange } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { PageOf, tableResponses } from '../schemas/common.js';
import { TradeSchema, TradesQuery } from '../schemas/trades.js';
import { sendTable } from './send-table.js';

/** Upper bound of the bytes of a trade as JSON. */
const ROW_BYTES = 320;

export function addTrades(app: Api, { reader, feeds }: Pick<ApiPorts, 'reader' | 'feeds'>, reads: ReadGuard): void {
  const schema = {
    summary: 'Trades of a market whose event time is in [from, to)',
    description: 'With from, pages run from the oldest trade to the newest; without it, or with order=desc, from the newest to the oldest.',
    querystring: TradesQuery,
    response: tableResponses(PageOf(TradeSchema)),
  };
  app.get('/v1/trades', { schema }, async (request, reply) => {
    const { query, signal } = request;
    const market = readMarket(query);
    const range = readRange(query);
    await reads.enter(request, { rows: query.limit, bytes: query.limit * ROW_BYTES });
    const { trades, next } = await tradePage(reader, { ...query, market, range, direction: directionOf(query) }, signal);
    if (trades.length === 0) await assertKnownMarket(market, feeds, reader, signal);
    // A page fetched back in time is still returned in ascending order, unless order=desc was given.
    const rows = query.order === 'asc' && directionOf(query) === 'backwards' ? trades.toReversed() : trades;
    const write = (trade: TradeRow): TradeJson => tradeJson(trade, query.time);
    return await sendTable(request, reply, { rows, write, fields: TRADE_FIELDS, next, format: query.format }, reads);
  });
}
