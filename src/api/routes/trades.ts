import { Type } from 'typebox';
import { TRADE_FIELDS, type TradeJson, tradeJson } from '../../codec/json/trade-json.js';
import type { Reader, TimeRange, TradeQuery, TradeRow } from '../../domain/ports/reader.js';
import { type FeedId, feedIdText } from '../../domain/symbol.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { badCursor, decodeCursor, encodeCursor } from '../query/cursor.js';
import { type Direction, directionOf, readMarket, readRange } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, PageOf, tableResponses } from '../schemas/common.js';
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

interface TradePageRequest {
  readonly market: FeedId;
  readonly range: TimeRange;
  readonly limit: number;
  readonly direction: Direction;
  readonly cursor?: string;
}

/** Trades in paging order. */
interface TradePage {
  readonly trades: readonly TradeRow[];
  readonly next: string | null;
}

interface TradePosition {
  readonly eventTime: number;
  readonly tradeId: string;
}

/** An unsigned 64-bit integer, as ids are stored. */
const TRADE_ID = /^\d{1,19}$/;

/** Reads one page of trades. A position is a trade's time and id: many trades share a microsecond. */
async function tradePage(reader: Reader, request: TradePageRequest, signal?: AbortSignal): Promise<TradePage> {
  const { market, limit, direction } = request;
  const scope = `trades ${feedIdText(market)} ${direction}`;
  const position = request.cursor === undefined ? undefined : readPosition(scope, request.cursor);
  // One extra row shows whether there is another page.
  const found = await reader.trades({ ...market, limit: limit + 1, ...lookAhead(position, request) }, signal);
  const travelled = direction === 'backwards' ? found.toReversed() : found;
  const trades = travelled.slice(0, limit);
  const last = trades.at(-1);
  const hasMore = travelled.length > limit && last !== undefined;
  return { trades, next: hasMore ? encodeCursor(scope, [last.eventTime, last.tradeId]) : null };
}

/** The part ahead of a position; the range is narrowed too, so that the store opens no older parts than necessary. */
function lookAhead(
  position: TradePosition | undefined,
  request: TradePageRequest,
): Pick<TradeQuery, 'range' | 'after' | 'before' | 'newest'> {
  const { from, to } = request.range;
  if (request.direction === 'forwards') {
    if (position === undefined) return { range: { from, to } };
    return { range: { from: Math.min(Math.max(from, position.eventTime), to), to }, after: position };
  }
  if (position === undefined) return { range: { from, to }, newest: true };
  return { range: { from, to: Math.max(Math.min(to, position.eventTime + 1), from) }, before: position, newest: true };
}

function readPosition(scope: string, cursor: string): TradePosition {
  const [eventTime, tradeId] = decodeCursor(scope, cursor);
  if (!Number.isSafeInteger(eventTime) || (eventTime as number) < 0 || typeof tradeId !== 'string' || !TRADE_ID.test(tradeId)) {
    throw badCursor(cursor);
  }
  return { eventTime: eventTime as number, tradeId };
}
