import { defer, map, type OperatorFunction } from 'rxjs';
import { SUMS_LENGTH } from '../domain/candle-sums.js';
import type { Candle } from '../domain/candle.js';
import type { TradeBlock } from '../domain/trade-block.js';
import type { Deduped } from './dedup.js';
import type { MarketState } from './market-state.js';
import type { Prefolded } from './prefold.js';
import { RowsBySymbol } from './rows-by-symbol.js';

/** Time passes at the venue though no trade comes: a heartbeat, or our clock while the connection is live. */
export interface Tick {
  /** Symbols (codes) that are live, and the venue time (us) that is sure to have passed for each; -1 where none is known. */
  readonly passed: Iterable<readonly [symbol: number, venueTime: number]>;
  /** Whether late trades are to be written now as revisions. */
  readonly flushLate: boolean;
  /** Symbols whose late trades wait: a repair is under way, and makes one revision when it ends. */
  readonly held?: ReadonlySet<number>;
}

/** Candles of one round, in the order in which they became known. */
export interface Folded {
  readonly candles: readonly Candle[];
  readonly emission: number;
}

/**
 * Folds trades into candles at every interval and closes them: proven complete at once, others when the watermark (venue time less
 * the allowed lateness) passes their end.
 */
export const foldCandles =
  (state: MarketState, allowedLatenessUs: number): OperatorFunction<Deduped | Tick, Folded> =>
  (source) =>
    defer(() => {
      const grouped = new RowsBySymbol();
      return source.pipe(map((event) => fold(event, state, grouped, allowedLatenessUs)));
    });

function fold(event: Deduped | Tick, state: MarketState, grouped: RowsBySymbol, allowedLatenessUs: number): Folded {
  const emission = state.emission + 1;
  const candles: Candle[] = [];
  if ('trades' in event) {
    const { prefolded, trades, block } = event;
    const touched = new Set(prefolded === undefined ? foldBlock(state, grouped, trades, block) : mergeFolded(state, prefolded, block));
    for (const code of new Set(event.neighbours.map(([symbol]) => symbol))) {
      state.of(code).book.reconsider();
      touched.add(code);
    }
    for (const code of touched) {
      const { book } = state.of(code);
      book.advance(event.venueTime - allowedLatenessUs);
      candles.push(...book.close(emission));
    }
  } else {
    for (const [code, venueTime] of event.passed) {
      const { book } = state.of(code);
      book.advance(venueTime - allowedLatenessUs);
      candles.push(...book.close(emission));
    }
    if (event.flushLate)
      for (const [code, { book }] of state.all()) if (event.held?.has(code) !== true) candles.push(...book.revise(emission));
  }
  if (candles.length > 0) state.emission = emission;
  return { candles, emission: state.emission };
}

/** Adds a block, symbol by symbol, in runs of one second; returns the symbols in it. */
function foldBlock(state: MarketState, grouped: RowsBySymbol, trades: TradeBlock, block: number): readonly number[] {
  const { eventTime } = trades;
  const { rows, codes, starts } = grouped.group(trades);
  for (const [index, code] of codes.entries()) {
    const { book } = state.of(code);
    book.block = block;
    const last = starts[index + 1]!;
    let from = starts[index]!;
    while (from < last) {
      const second = book.secondAt(eventTime[rows[from]!]!);
      const end = second + 1_000_000;
      let to = from + 1;
      while (to < last && eventTime[rows[to]!]! >= second && eventTime[rows[to]!]! < end) to += 1;
      book.add(trades, rows, from, to, second);
      from = to;
    }
  }
  return codes;
}

/** Merges what was folded elsewhere, second by second; returns the symbols in it. */
function mergeFolded(state: MarketState, { seconds, sums }: Prefolded, block: number): number[] {
  const touched: number[] = [];
  for (let place = 0; place * 3 < seconds.length; place++) {
    const [code, openTime, newestTime] = [seconds[place * 3]!, seconds[place * 3 + 1]!, seconds[place * 3 + 2]!];
    const { book } = state.of(code);
    if (book.block !== block) touched.push(code);
    book.block = block;
    book.addSums(sums.subarray(place * SUMS_LENGTH, (place + 1) * SUMS_LENGTH), openTime, newestTime);
  }
  return touched;
}
