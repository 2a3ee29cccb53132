import { Type } from 'typebox';
import { type TradeJson, tradeJson, TRADE_FIELDS } from '../../codec/json/trade-json.js';
import type { TradeRow } from '../../domain/ports/reader.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { tradePage } from '../pages/trade-page.js';
import { readMarket, readRange, directionOf } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, tableResponses, PageOf } from '../schemas/common.js';
import { rangeParameters } from '../schemas/query.js';
import { sendTable } from './send-table.js';

const TradeSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  trade_id: Field.id("The venue's trade id."),
  price: Field.decimal('Price.'),
  quantity: Field.decimal('Quantity in the base currency.'),
  side: Type.Enum(['buy', 'sell', 'unknown'], { description: "The taker's side." }),
  event_time: Field.time("Event time: the venue's trade time, in us."),
  receive_time: Field.time('Receive time: when its frame was received, by the local clock, in ns.'),
  sequence: Field.idOrNull("The venue's sequence number, if it has one."),
  connection_id: Field.id('Id of the connection that delivered it.'),
  origin: Type.Enum(['live', 'snapshot', 'backfill', 'import', 'replay'], { description: 'Origin: how it reached the daemon.' }),
});

const MAX_TRADES = 10_000;

export const TradesQuery = Type.Object(rangeParameters(MAX_TRADES), { additionalProperties: false });

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
