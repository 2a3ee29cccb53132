import { intervalUs, type Interval } from '../../domain/interval.js';
import type { CandleQuery, Reader, TimeRange } from '../../domain/ports.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { badCursor, decodeCursor, encodeCursor } from '../query/cursor.js';
import type { Direction } from '../query/direction.js';
import { candleEntry, withQuiet, type CandleEntry } from './with-quiet.js';

export interface CandlePageRequest {
  readonly market: FeedId;
  readonly interval: Interval;
  /** Of open times. */
  readonly range: TimeRange;
  readonly limit: number;
  readonly direction: Direction;
  readonly fill: 'none' | 'previous';
  readonly cursor?: string;
}

/** Entries in the order of travel. */
export interface CandlePage {
  readonly entries: readonly CandleEntry[];
  readonly next: string | null;
}

interface CandlePosition {
  /** Open time of the last entry. */
  readonly last: number;
  /** Open time of the last candle that is a row; it differs from `last` within a quiet stretch. */
  readonly anchor: number;
}

/** Reads one page of candles. Positions are open times, so pages neither overlap nor skip while newer candles come in. */
export async function candlePage(reader: Reader, request: CandlePageRequest, signal?: AbortSignal): Promise<CandlePage> {
  const { market, interval, limit, direction } = request;
  const scope = `candles ${feedIdText(market)} ${interval} ${direction}`;
  const position = request.cursor === undefined ? undefined : readPosition(scope, request.cursor, interval);
  const query: CandleQuery = {
    ...market,
    interval,
    range: position === undefined ? request.range : rangeFrom(position.anchor, request),
    // The anchor comes once more, for the quiet stretch after it; and one row too many shows that there is another page.
    limit: limit + (position === undefined ? 1 : 2),
    ...(direction === 'backwards' ? { newest: true } : {}),
  };
  const stored = await reader.candles(query, signal);
  const travelled = direction === 'backwards' ? stored.toReversed() : stored;
  const entries: CandleEntry[] = [];
  for (const entry of request.fill === 'previous' ? withQuiet(travelled, position?.last) : travelled.map(candleEntry)) {
    if (position !== undefined && !isBeyond(position.last, entry.openTime, direction)) continue;
    const previous = entries[limit - 1];
    if (previous !== undefined) return { entries, next: encodeCursor(scope, [previous.openTime, previous.anchor]) };
    entries.push(entry);
  }
  return { entries, next: null };
}

/** The part of the range that lies ahead of a candle, itself included. */
function rangeFrom(anchor: number, { range, direction }: CandlePageRequest): TimeRange {
  const { from, to } = range;
  return direction === 'forwards'
    ? { from: Math.min(Math.max(from, anchor), to), to }
    : { from, to: Math.max(Math.min(to, anchor + 1), from) };
}

function isBeyond(last: number, openTime: number, direction: Direction): boolean {
  return direction === 'forwards' ? openTime > last : openTime < last;
}

function readPosition(scope: string, cursor: string, interval: Interval): CandlePosition {
  const [last, anchor] = decodeCursor(scope, cursor);
  if (!isOpenTime(last, interval) || !isOpenTime(anchor, interval)) throw badCursor(cursor);
  return { last, anchor };
}

function isOpenTime(value: unknown, interval: Interval): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) % intervalUs(interval) === 0;
}
