import { AT } from '../../domain/candle-sums.js';
import { type Candle, type Interval, intervalUs } from '../../domain/candle.js';
import type { CandleQuery, Reader, TimeRange } from '../../domain/ports/reader.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { badCursor, decodeCursor, encodeCursor } from '../query/cursor.js';
import type { Direction } from '../query/read-query.js';

export interface CandlePageRequest {
  readonly market: FeedId;
  readonly interval: Interval;
  /** Range of open times. */
  readonly range: TimeRange;
  readonly limit: number;
  readonly direction: Direction;
  readonly fill: 'none' | 'previous';
  readonly cursor?: string;
}

/** Entries in paging order. */
export interface CandlePage {
  readonly entries: readonly CandleEntry[];
  readonly next: string | null;
}

interface CandlePosition {
  /** Open time of the last entry. */
  readonly last: number;
  /** Open time of the last candle with a row; it differs from `last` within a quiet stretch. */
  readonly anchor: number;
}

/** Reads one page of candles. Positions are open times, so pages neither overlap nor skip while newer candles arrive. */
export async function candlePage(reader: Reader, request: CandlePageRequest, signal?: AbortSignal): Promise<CandlePage> {
  const { market, interval, limit, direction } = request;
  const scope = `candles ${feedIdText(market)} ${interval} ${direction}`;
  const position = request.cursor === undefined ? undefined : readPosition(scope, request.cursor, interval);
  const query: CandleQuery = {
    ...market,
    interval,
    range: position === undefined ? request.range : rangeFrom(position.anchor, request),
    // The anchor is read again, for the quiet stretch after it; and one extra row shows whether there is another page.
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

/** The part of the range ahead of a candle, including it. */
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

/** A candle, or a quiet window after it. */
export interface CandleEntry {
  readonly openTime: number;
  /** The candle of that window; for a quiet window the candle before it, whose close continues. */
  readonly candle: Candle;
  /** Open time of the last candle before: where the next page has to start reading. */
  readonly anchor: number;
}

/**
 * Iterates over candles, ascending or descending in time, and over the windows between them in which, as is proven, nothing was traded. It
 * is lazy: two candles may be millions of quiet seconds apart.
 * @param past where the previous page ended: a quiet stretch that contains this open time continues after it, however long it was before
 */
function* withQuiet(candles: Iterable<Candle>, past: number | undefined): Generator<CandleEntry> {
  let last: Candle | undefined;
  for (const candle of candles) {
    if (last !== undefined) yield* quietBetween(last, candle, past);
    last = candle;
    yield candleEntry(candle);
  }
}

function candleEntry(candle: Candle): CandleEntry {
  return { openTime: candle.openTime, candle, anchor: candle.openTime };
}

function* quietBetween(from: Candle, to: Candle, past: number | undefined): Generator<CandleEntry> {
  const forwards = from.openTime < to.openTime;
  const [older, newer] = forwards ? [from, to] : [to, from];
  if (!isProvenQuiet(older, newer)) return;
  const step = forwards ? intervalUs(older.interval) : -intervalUs(older.interval);
  const isBetween = past !== undefined && past > older.openTime && past < newer.openTime;
  for (let openTime = (isBetween ? past : from.openTime) + step; openTime !== to.openTime; openTime += step) {
    yield { openTime, candle: older, anchor: from.openTime };
  }
}

/** Between two candles with contiguous ids there is no id for a trade. */
function isProvenQuiet(older: Candle, newer: Candle): boolean {
  return isProven(older) && isProven(newer) && older.sums[AT.lastId]! + 1 === newer.sums[AT.firstId]!;
}

function isProven({ completeness }: Candle): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}
