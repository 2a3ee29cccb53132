import { IdIntervals, type IdRange } from './id-intervals.js';
import { tradeAbove, tradeBelow, type ReceivedIds } from './neighbours.js';
import { widened } from './memory.js';

/** Inversions that are kept of a market: the newest ones. */
const INVERSIONS_MAX = 1_024;

/** Trades taken back whose times are kept, of a market: of more it is not known any more how they lie to others. */
const TAKEN_BACK_MAX = 4_096;

/** The last trade taken of each market, by its slot: the id after it, and its time (us). Side by side, because every block reads them. */
export class LastTaken {
  numbers = new Float64Array(32).fill(NaN);

  /** Reserves a slot for a market. */
  admit(place: number): void {
    if (2 * place + 1 >= this.numbers.length) this.numbers = widened(this.numbers, 4 * (place + 1), NaN);
  }
}

/** A trade's id and time (us). */
export type TradePoint = readonly [id: number, time: number];

/** What is known of the times of trades: what a proof needs beside their ids. */
export interface KnownTimes {
  /** Time of a trade, us; undefined if it was not kept. */
  timeOf(id: number): number | undefined;
  /** Whether a trade without a kept time may be out of order; of any other the time is not below that of the trade before it. */
  isUnknown(id: number): boolean;
  /** Kept trades. */
  points(): Iterable<TradePoint>;
}

/**
 * Where the times of one market's trades do not rise with their ids. Almost everywhere they do: so only the trades are kept of which that
 * is not known (those at the ends of each piece in which trades arrived), and those at which the time falls back.
 */
export class TradeTimes implements KnownTimes {
  /** The first and the last trade of each piece that no other piece continues. */
  readonly #starts = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  /** Trades at which the time falls back, and the trades before them. */
  readonly #inversions = new Map<number, number>();
  /** Times of trades that were taken back: a copy with the same time lies to its neighbours as they did. */
  readonly #takenBack = new Map<number, number>();
  /** Ids whose trades were not seen here, or of which inversions were forgotten. */
  readonly #unknown = new IdIntervals();

  constructor(
    private readonly last = new LastTaken(),
    private readonly place = 0,
  ) {}

  /**
   * The next trade of the market to arrive. One that follows the last, in id and in time, needs no call: only `last` changes.
   * @param received includes this id
   */
  take(id: number, time: number, received: ReceivedIds): void {
    const { numbers } = this.last;
    // Others of its block are received before they are taken: it may have been doubted as one whose time was forgotten.
    if (this.isUnknown(id)) this.#unknown.removeRange(id, id);
    const [next, lastTime] = [numbers[2 * this.place]!, numbers[2 * this.place + 1]!];
    const below = id === next ? id - 1 : tradeBelow(id, received);
    if (below !== next - 1) {
      if (!Number.isNaN(next)) this.#end(next - 1, lastTime, tradeAbove(next - 1, received));
      this.#begin(id, time, below);
    } else if (time < lastTime) {
      this.#invert(below, lastTime, id, time);
    }
    numbers[2 * this.place] = id + 1;
    numbers[2 * this.place + 1] = time;
  }

  /** A trade is missing again. */
  takenBack(id: number, time: number): void {
    this.#takenBack.set(id, time);
    if (this.#takenBack.size > TAKEN_BACK_MAX) this.#takenBack.delete(this.#takenBack.keys().next().value!);
  }

  /** Trades that are stored: their times are known of these points alone. */
  restore(ids: Iterable<IdRange>, points: Iterable<TradePoint>): void {
    this.#unknown.addAll(ids);
    for (const [id, time] of points) {
      this.#starts.set(id, time);
      this.#ends.set(id, time);
    }
  }

  timeOf(id: number): number | undefined {
    const { numbers } = this.last;
    if (numbers[2 * this.place] === id + 1) return numbers[2 * this.place + 1];
    return this.#starts.get(id) ?? this.#ends.get(id) ?? this.#inversions.get(id);
  }

  isUnknown(id: number): boolean {
    return this.#unknown.size > 0 && this.#unknown.has(id);
  }

  *points(): Generator<TradePoint> {
    const { numbers } = this.last;
    const next = numbers[2 * this.place]!;
    if (!Number.isNaN(next)) yield [next - 1, numbers[2 * this.place + 1]!];
    yield* this.#starts;
    yield* this.#ends;
    yield* this.#inversions;
  }

  #begin(id: number, time: number, below: number | undefined): void {
    const before = below === undefined ? undefined : this.#ends.get(below);
    if (before === undefined) {
      this.#starts.set(id, time);
      this.#doubt(below, id, time);
      return;
    }
    this.#leave(this.#ends, below!);
    if (time < before) this.#invert(below!, before, id, time);
  }

  #end(id: number, time: number, above: number | undefined): void {
    const after = above === undefined ? undefined : this.#starts.get(above);
    if (after === undefined) {
      this.#ends.set(id, time);
      this.#doubt(above, id, time);
      return;
    }
    this.#leave(this.#starts, above!);
    if (after < time) this.#invert(id, time, above!, after);
  }

  /** A piece goes on beyond one of its ends. The time of a stored trade is kept: of its order nothing else is known. */
  #leave(ends: Map<number, number>, id: number): void {
    if (!this.isUnknown(id)) ends.delete(id);
  }

  /** A trade has come beside one within a piece: of the two it is not known which is older, unless it was there before. */
  #doubt(neighbour: number | undefined, id: number, time: number): void {
    if (neighbour === undefined || this.#takenBack.get(id) === time) return;
    if (this.timeOf(neighbour) === undefined) this.#unknown.add(neighbour);
  }

  #invert(before: number, timeBefore: number, id: number, time: number): void {
    this.#inversions.set(before, timeBefore).set(id, time);
    if (this.#inversions.size <= 2 * INVERSIONS_MAX) return;
    const oldest = [...this.#inversions.keys()].sort((a, b) => a - b).slice(0, INVERSIONS_MAX);
    for (const each of oldest) this.#inversions.delete(each);
    this.#unknown.addRange(0, oldest.at(-1)!);
  }
}

/** Known times, and those of more trades. */
export class TimesWith implements KnownTimes {
  constructor(
    private readonly times: KnownTimes,
    private readonly more: ReadonlyMap<number, number>,
  ) {}

  timeOf(id: number): number | undefined {
    return this.times.timeOf(id) ?? this.more.get(id);
  }

  isUnknown(id: number): boolean {
    return this.times.isUnknown(id);
  }

  *points(): Generator<TradePoint> {
    yield* this.times.points();
    yield* this.more;
  }
}
