import type { Reader, TimeRange, TradeQuery, TradeRow } from '../../domain/ports/reader.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { badCursor, decodeCursor, encodeCursor } from '../query/cursor.js';
import type { Direction } from '../query/read-query.js';

export interface TradePageRequest {
  readonly market: FeedId;
  readonly range: TimeRange;
  readonly limit: number;
  readonly direction: Direction;
  readonly cursor?: string;
}

/** Trades in paging order. */
export interface TradePage {
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
export async function tradePage(reader: Reader, request: TradePageRequest, signal?: AbortSignal): Promise<TradePage> {
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
