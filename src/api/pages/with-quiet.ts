import { AT } from '../../domain/candle-sums.js';
import type { Candle } from '../../domain/candle.js';
import { intervalUs } from '../../domain/interval.js';

/** A candle, or a quiet window after it. */
export interface CandleEntry {
  readonly openTime: number;
  /** The candle of that window; in a quiet one the candle before it, whose close goes on. */
  readonly candle: Candle;
  /** Open time of the last candle met on the way here: what a page has to read again in order to go on from here. */
  readonly anchor: number;
}

/**
 * Goes through candles, which rise or fall in time, and through the windows between them in which it is proven that nothing was
 * traded. It is lazy: two candles may lie millions of quiet seconds apart.
 *
 * @param past where the page before ended: a quiet stretch that holds this open time goes on after it, however long it was before
 */
export function* withQuiet(candles: Iterable<Candle>, past: number | undefined): Generator<CandleEntry> {
  let last: Candle | undefined;
  for (const candle of candles) {
    if (last !== undefined) yield* quietBetween(last, candle, past);
    last = candle;
    yield candleEntry(candle);
  }
}

export function candleEntry(candle: Candle): CandleEntry {
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

/** Two candles whose ids are proven to be contiguous and follow on each other leave no id for a trade between them. */
function isProvenQuiet(older: Candle, newer: Candle): boolean {
  return isProven(older) && isProven(newer) && older.sums[AT.lastId]! + 1 === newer.sums[AT.firstId]!;
}

function isProven({ completeness }: Candle): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}
