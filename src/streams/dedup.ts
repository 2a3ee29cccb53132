import { defer, map, type OperatorFunction } from 'rxjs';
import { tradesBeside } from '../domain/coverage.js';
import { IdIntervals } from '../domain/id-intervals.js';
import { RowsBySymbol, type TradeBlock } from '../domain/trade-block.js';
import type { EmptyId } from '../exchanges/venue.js';
import type { DecodedBlock } from './decode-frames.js';
import type { FarIds, FarTrade } from './far-ids.js';
import type { MarketState } from './market-state.js';
import type { Prefolded } from './prefold.js';

/** A decoded block without duplicates. */
export interface Deduped {
  readonly trades: TradeBlock;
  /** Number of the block, assigned by MarketState. */
  readonly block: number;
  /** Duplicates dropped: trades whose id was covered already. */
  readonly repeated: number;
  /** Symbols whose holes changed. */
  readonly holesChanged: ReadonlySet<number>;
  /** Trades (symbol code, id) next to ids that arrived out of order: windows there may now be provable. */
  readonly neighbours: readonly (readonly [symbol: number, id: number])[];
  /** Trades rejected for their ids. */
  readonly far: readonly FarTrade[];
  readonly venueTime: number;
  readonly localTime: number;
  /** The rows by symbol, valid until the next block. */
  readonly grouped: RowsBySymbol;
  /** The sums of exactly these trades, if they are known already. */
  readonly prefolded?: Prefolded;
}

/**
 * Drops duplicate trades exactly: the covered ids of each symbol are kept as intervals, so older data may come later, in any order and from
 * any origin. The id of a rejected trade is known, and stays missing until a valid copy arrives.
 * @param farIds judges ids that do not follow the last one; without it, all are accepted
 */
export const dedup =
  (state: MarketState, farIds: FarIds | null = null): OperatorFunction<DecodedBlock, Deduped> =>
  (source) =>
    defer(() => {
      let kept = new Int32Array(2_048);
      const grouped = new RowsBySymbol();
      return source.pipe(
        map((decoded) => {
          const { trades, empties, prefolded } = decoded;
          const { id: ids, symbol: codes, length } = trades;
          const wasAskedFor = decoded.wasAskedFor === true;
          const judge = wasAskedFor ? null : farIds;
          if (prefolded !== undefined && isNew(state, prefolded, judge)) return takeRuns(state, decoded, prefolded, grouped.group(trades));
          if (kept.length < length) kept = new Int32Array(length);
          const outOfOrder = new Map<number, IdIntervals>();
          const holesChanged = new Set<number>();
          const far: FarTrade[] = [];
          let count = 0;
          let empty = 0;
          let emptyRow = empties.length > 0 ? empties[0]!.row : length;
          const { tails } = state;
          for (let row = 0; row < length;) {
            while (emptyRow <= row) {
              takeEmpty(state, empties[empty++]!, wasAskedFor, judge, outOfOrder, holesChanged);
              emptyRow = empty < empties.length ? empties[empty]!.row : length;
            }
            const to = takeFollowing(tails.next, codes, ids, row, emptyRow);
            while (row < to) kept[count++] = row++;
            if (row === emptyRow) continue;
            const [code, id] = [codes[row]!, ids[row]!];
            if (judge?.isFar(code, id, trades.eventTime[row]!) === true) far.push(farTrade(trades, row, judge, state));
            else if (takeTrade(state, code, id, outOfOrder, holesChanged)) kept[count++] = row;
            row += 1;
          }
          while (empty < empties.length) takeEmpty(state, empties[empty++]!, wasAskedFor, judge, outOfOrder, holesChanged);
          if (count < length) trades.keep(kept, count);
          if (count > 0) state.block += 1;
          // First: what is known of the times on either side of ids ends where these join them.
          const neighbours = neighboursOf(state, outOfOrder);
          noteTimes(state, trades, grouped.group(trades));
          return {
            trades,
            block: state.block,
            repeated: length - count - far.length + (prefolded?.repeated ?? 0),
            holesChanged,
            neighbours,
            far,
            venueTime: decoded.venueTime,
            localTime: decoded.localTime,
            grouped,
          };
        }),
      );
    });

const NONE: readonly FarTrade[] = [];

function farTrade(trades: TradeBlock, row: number, judge: FarIds, state: MarketState): FarTrade {
  const [symbol, id] = [trades.symbol[row]!, trades.id[row]!];
  return {
    ...{ symbol, id, eventTime: trades.eventTime[row]!, price: trades.price(row), quantity: trades.quantity(row) },
    ...{ receiveTime: trades.receiveTime[row]!, isAbove: judge.isAbove(symbol, id) },
    distance: state.of(symbol).coverage.seen.distance(id),
  };
}

/** Accepts rows while each has the id after its symbol's last one; returns the first that has not. */
function takeFollowing(next: Float64Array, codes: Int32Array, ids: Float64Array, from: number, to: number): number {
  let row = from;
  for (; row < to; row++) {
    const code = codes[row]!;
    const id = ids[row]!;
    // Check before reading: an element that may be absent makes every number read a boxed one.
    if (code >= next.length || id !== next[code]!) break;
    next[code] = id + 1;
  }
  return row;
}

/** Accepts an id that is not the one after its symbol's last; returns false for a duplicate. */
function takeElsewhere(
  state: MarketState,
  code: number,
  id: number,
  outOfOrder: Map<number, IdIntervals>,
  holesChanged: Set<number>,
): boolean {
  const { seen } = state.of(code).coverage;
  const top = seen.last;
  const isNewId = seen.add(id);
  if (isNewId && top !== undefined && id !== top + 1) note(code, id, id, top, outOfOrder, holesChanged);
  return isNewId;
}

/** Accepts the id of a trade; one that came without a trade is covered only until its trade comes. */
function takeTrade(state: MarketState, code: number, id: number, outOfOrder: Map<number, IdIntervals>, holesChanged: Set<number>): boolean {
  if (takeElsewhere(state, code, id, outOfOrder, holesChanged)) return true;
  const { empty } = state.of(code).coverage;
  if (empty.size === 0 || !empty.has(id)) return false;
  empty.removeRange(id, id);
  note(code, id, id, Infinity, outOfOrder, holesChanged);
  return true;
}

/** Whether none of these ids is covered or has to be judged: then the precomputed partial candles are exactly right. */
function isNew(state: MarketState, { runs }: Prefolded, judge: FarIds | null): boolean {
  for (let at = 0; at < runs.length; at += 3) {
    const [code, first, last] = [runs[at]!, runs[at + 1]!, runs[at + 2]!];
    if (state.of(code).coverage.seen.countWithin(first, last) > 0 || judge?.isNear(code, first) === false) return false;
  }
  return true;
}

/** A block of ids that are all new: run by run, with the same result as id by id. */
function takeRuns(state: MarketState, decoded: DecodedBlock, prefolded: Prefolded, grouped: RowsBySymbol): Deduped {
  const { trades, venueTime, localTime } = decoded;
  const { runs, repeated } = prefolded;
  const outOfOrder = new Map<number, IdIntervals>();
  const holesChanged = new Set<number>();
  for (let at = 0; at < runs.length; at += 3) {
    const [code, first, last] = [runs[at]!, runs[at + 1]!, runs[at + 2]!];
    const { seen } = state.of(code).coverage;
    const top = seen.last;
    seen.addRange(first, last);
    if (top !== undefined && first - 1 !== top) note(code, first, last, top, outOfOrder, holesChanged);
  }
  if (trades.length > 0) state.block += 1;
  const neighbours = neighboursOf(state, outOfOrder);
  noteTimes(state, trades, grouped);
  return { trades, block: state.block, repeated, holesChanged, neighbours, far: NONE, venueTime, localTime, grouped, prefolded };
}

function takeEmpty(
  state: MarketState,
  { symbol, id, rejected }: EmptyId,
  wasAskedFor: boolean,
  judge: FarIds | null,
  outOfOrder: Map<number, IdIntervals>,
  holesChanged: Set<number>,
): void {
  const { coverage, book } = state.of(symbol);
  // Without a trade it needs no judgement: if it is an id of the market, it leaves a hole.
  if (judge?.isFar(symbol, id, book.newestTime) === true) return;
  if (rejected) {
    // Its trade is missing until a valid copy arrives; an invalid copy after a valid one changes nothing.
    if (coverage.seen.has(id) || !coverage.rejected.add(id) || wasAskedFor) return;
    holesChanged.add(symbol);
    return;
  }
  // Where a trade was rejected one is missing, whatever a frame without one says: only the venue's answer settles it.
  if (!wasAskedFor && coverage.rejected.has(id)) return;
  if (takeElsewhere(state, symbol, id, outOfOrder, holesChanged)) coverage.empty.add(id);
}

/** Ids that do not follow the last one: some were skipped, or older ones arrived. */
function note(
  code: number,
  first: number,
  last: number,
  top: number,
  outOfOrder: Map<number, IdIntervals>,
  holesChanged: Set<number>,
): void {
  holesChanged.add(code);
  if (first > top) return;
  let older = outOfOrder.get(code);
  if (older === undefined) {
    older = new IdIntervals();
    outOfOrder.set(code, older);
  }
  older.addRange(first, last);
}

/** The trades on either side of ids that arrived out of order, if no id is missing in between: windows of theirs may now be provable. */
function neighboursOf(state: MarketState, outOfOrder: ReadonlyMap<number, IdIntervals>): [symbol: number, id: number][] {
  const neighbours: [number, number][] = [];
  for (const [code, older] of outOfOrder) {
    for (const id of tradesBeside(older.ranges(), state.of(code).coverage)) neighbours.push([code, id]);
  }
  return neighbours;
}

/** Notes where the time of new trades does not rise with their ids. Almost all rise: they cost two comparisons, and one write a symbol. */
function noteTimes(state: MarketState, { id: ids, eventTime }: TradeBlock, { rows, codes, starts, count }: RowsBySymbol): void {
  const { lastTaken } = state;
  for (let place = 0; place < count; place++) {
    const code = codes[place]!;
    if (2 * code + 1 >= lastTaken.numbers.length) state.of(code);
    const { numbers } = lastTaken;
    let next = numbers[2 * code]!;
    let last = numbers[2 * code + 1]!;
    for (let at = starts[place]!; at < starts[place + 1]!; at++) {
      const row = rows[at]!;
      const id = ids[row]!;
      const time = eventTime[row]!;
      if (id !== next || time < last) {
        numbers[2 * code] = next;
        numbers[2 * code + 1] = last;
        const { coverage } = state.of(code);
        coverage.times.take(id, time, coverage);
      }
      next = id + 1;
      last = time;
    }
    numbers[2 * code] = next;
    numbers[2 * code + 1] = last;
  }
}
