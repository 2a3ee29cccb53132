import { map, type OperatorFunction } from 'rxjs';
import { SUMS_LENGTH } from '../domain/candle-sums.js';
import type { Candle } from '../domain/candle.js';
import type { Deduped } from './dedup.js';
import type { MarketState } from './market-state.js';
import type { Prefolded } from './prefold.js';

/** Time passes at the venue without trades: by a heartbeat, or by our clock while the connection is live. */
export interface TimeAdvance {
  /** Codes of the live symbols: as many as `count` says. */
  readonly codes: Int32Array;
  /** The venue time (us) that has certainly passed for each of them; -1 if unknown. */
  readonly venueTimes: Float64Array;
  readonly count: number;
  /** Whether late trades are to be emitted now as revisions. */
  readonly flushLate: boolean;
  /** Symbols whose late trades wait for a running repair, which makes one revision when it ends. */
  readonly held?: ReadonlySet<number>;
}

/**
 * Prefetch distance, in symbols. With 1,000 markets almost every symbol is a cache miss; prefetching saves a fifth of the fold (measured).
 */
const AHEAD = 16;

/** Candles of one round, in the order in which they became known. */
export interface Folded {
  readonly candles: readonly Candle[];
  readonly emission: number;
}

/**
 * Folds trades into candles at every interval and closes them: proven complete at once, others when the watermark (venue time minus the
 * allowed lateness) passes their end.
 */
export const foldCandles =
  (state: MarketState, allowedLatenessUs: number): OperatorFunction<Deduped | TimeAdvance, Folded> =>
  (source) =>
    source.pipe(map((event) => fold(event, state, allowedLatenessUs)));

function fold(event: Deduped | TimeAdvance, state: MarketState, allowedLatenessUs: number): Folded {
  const emission = state.emission + 1;
  const candles: Candle[] = [];
  if ('trades' in event) {
    const { prefolded, venueTime, neighbours, grouped } = event;
    const watermark = venueTime - allowedLatenessUs;
    if (prefolded === undefined) {
      foldBlock(state, event, watermark, emission, candles);
    } else {
      mergeFolded(state, prefolded, event.block);
      for (let place = 0; place < grouped.count; place++) pass(state, grouped.codes[place]!, watermark, emission, candles);
    }
    for (const [code] of neighbours) state.of(code).book.reconsider();
    for (const [code] of neighbours) pass(state, code, watermark, emission, candles);
  } else {
    const { codes, venueTimes, count } = event;
    for (let place = 0; place < count; place++) pass(state, codes[place]!, venueTimes[place]! - allowedLatenessUs, emission, candles);
    if (event.flushLate) for (const { code, book } of state.all()) if (event.held?.has(code) !== true) book.revise(emission, candles);
  }
  if (candles.length > 0) state.emission = emission;
  return { candles, emission: state.emission };
}

/** Advances a symbol's watermark; candles that this closes are appended. */
function pass(state: MarketState, code: number, watermark: number, emission: number, candles: Candle[]): void {
  if (state.seconds.advance(code, watermark)) state.of(code).book.close(emission, candles);
}

/**
 * Adds a block, symbol by symbol and second by second. A symbol is processed completely before the next one, while its data is in the
 * cache.
 */
function foldBlock(state: MarketState, { trades, grouped, block }: Deduped, watermark: number, emission: number, candles: Candle[]): void {
  const { seconds } = state;
  const { rows, codes, starts, count } = grouped;
  for (let index = 0; index < count; index++) {
    if (index % AHEAD === 0 && count > 1) seconds.prefetch(codes, index, Math.min(index + AHEAD, count));
    const code = codes[index]!;
    // Before its rows are added: a second that closes within them belongs to this block.
    seconds.setBlock(code, block);
    const end = starts[index + 1]!;
    let at = starts[index]!;
    while ((at = seconds.add(code, trades, rows, at, end)) < end) state.of(code).book.beginSecond(trades.eventTime[rows[at]!]!);
    pass(state, code, watermark, emission, candles);
  }
}

/** Merges partial candles computed elsewhere, second by second. */
function mergeFolded(state: MarketState, { seconds: folded, sums }: Prefolded, block: number): void {
  const { seconds } = state;
  for (let place = 0; place * 3 < folded.length; place++) {
    const [code, openTime, newestTime] = [folded[place * 3]!, folded[place * 3 + 1]!, folded[place * 3 + 2]!];
    seconds.setBlock(code, block);
    if (!seconds.holds(code, openTime)) state.of(code).book.beginSecond(openTime);
    seconds.addSums(code, sums.subarray(place * SUMS_LENGTH, (place + 1) * SUMS_LENGTH), newestTime);
  }
}
