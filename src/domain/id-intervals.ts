import type { TradeBlock } from './trade-block.js';
import { widened } from './memory.js';

/** Closed range of trade ids. */
export type IdRange = readonly [first: number, last: number];

/**
 * The id after the last one of each of many sets, side by side: adding the next id, by far the most common case, needs only this array and
 * not the set.
 */
export class NextIds {
  /** By the set's slot; NaN, which equals no id, for an empty set. */
  next = new Float64Array(16).fill(NaN);

  /** Reserves a slot for a set. */
  admit(place: number): void {
    if (place >= this.next.length) this.next = widened(this.next, 2 * place, NaN);
  }
}

/**
 * A set of trade ids kept as disjoint closed intervals in ascending order: memory grows with holes, not with trades. Ids are integers up to
 * 2^53 - 1. Adding the id after the last one added is O(1), any other O(log n).
 */
export class IdIntervals {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];
  /** Index of the interval that grew last: live trades usually extend it. */
  #cursor = -1;

  /** @param tails also keeps the id after the last one, in a reserved slot */
  constructor(
    ranges: Iterable<IdRange> = [],
    private readonly tails: NextIds | null = null,
    private readonly place = 0,
  ) {
    for (const [first, last] of ranges) this.addRange(first, last);
  }

  /** Number of intervals: holes + 1, or 0. */
  get size(): number {
    return this.#firsts.length;
  }

  get first(): number | undefined {
    return this.#firsts[0];
  }

  get last(): number | undefined {
    this.#takeTail();
    return this.#lasts[this.#lasts.length - 1];
  }

  /** Adds an id; returns false if it was already there. */
  add(id: number): boolean {
    return this.addRange(id, id);
  }

  /** Adds all ids from first to last; returns false if all were already there. */
  addRange(first: number, last: number): boolean {
    this.#takeTail();
    const isNew = this.#addRange(first, last);
    if (this.tails !== null) this.tails.next[this.place] = this.#lasts[this.#lasts.length - 1]! + 1;
    return isNew;
  }

  /** Merges ids that were added through the tail. */
  #takeTail(): void {
    if (this.tails !== null && this.#lasts.length > 0) this.#lasts[this.#lasts.length - 1] = this.tails.next[this.place]! - 1;
  }

  #addRange(first: number, last: number): boolean {
    const cursor = this.#cursor;
    if (cursor >= 0 && first === this.#lasts[cursor]! + 1) {
      const next = cursor + 1;
      if (next === this.#firsts.length || last < this.#firsts[next]! - 1) {
        this.#lasts[cursor] = last;
        return true;
      }
    }
    return this.#insert(first, last);
  }

  /** Removes ids. */
  removeRange(first: number, last: number): void {
    this.#takeTail();
    const rest = this.without(new IdIntervals([[first, last]])).ranges();
    this.#firsts.splice(0, this.#firsts.length, ...rest.map(([from]) => from));
    this.#lasts.splice(0, this.#lasts.length, ...rest.map(([, to]) => to));
    this.#cursor = -1;
    if (this.tails !== null) this.tails.next[this.place] = rest.length === 0 ? NaN : rest.at(-1)![1] + 1;
  }

  /** Intersection with another set. */
  within(other: IdIntervals): IdIntervals {
    return this.without(this.without(other));
  }

  addAll(ranges: Iterable<IdRange>): void {
    for (const [first, last] of ranges) this.addRange(first, last);
  }

  has(id: number): boolean {
    this.#takeTail();
    const index = this.#indexAtOrBefore(id);
    return index >= 0 && id <= this.#lasts[index]!;
  }

  /** Distance of an id to the nearest one in the set: 0 if it is in the set, Infinity if the set is empty. */
  distance(id: number): number {
    this.#takeTail();
    const index = this.#indexAtOrBefore(id);
    const below = index < 0 ? Infinity : id - this.#lasts[index]!;
    if (below <= 0) return 0;
    return index + 1 < this.#firsts.length ? Math.min(below, this.#firsts[index + 1]! - id) : below;
  }

  /** The interval that contains an id. */
  rangeOf(id: number): IdRange | undefined {
    this.#takeTail();
    const index = this.#indexAtOrBefore(id);
    if (index < 0 || id > this.#lasts[index]!) return undefined;
    return [this.#firsts[index]!, this.#lasts[index]!];
  }

  /** Number of ids of [first, last] in the set. */
  countWithin(first: number, last: number): number {
    this.#takeTail();
    let count = 0;
    for (let index = Math.max(this.#indexAtOrBefore(first), 0); index < this.#firsts.length && this.#firsts[index]! <= last; index++) {
      const from = Math.max(first, this.#firsts[index]!);
      const to = Math.min(last, this.#lasts[index]!);
      if (to >= from) count += to - from + 1;
    }
    return count;
  }

  /** Number of ids in the set. */
  count(): number {
    this.#takeTail();
    let count = 0;
    for (let index = 0; index < this.#firsts.length; index++) count += this.#lasts[index]! - this.#firsts[index]! + 1;
    return count;
  }

  ranges(): IdRange[] {
    this.#takeTail();
    return this.#firsts.map((first, index) => [first, this.#lasts[index]!]);
  }

  /** Holes between the first and the last id. */
  holes(): IdRange[] {
    this.#takeTail();
    return this.#firsts.slice(1).map((first, index) => [this.#lasts[index]! + 1, first - 1]);
  }

  /** Missing ids of [first, last], lowest first. The cost depends on the range, not on the size of the set. */
  missingWithin(first: number, last: number): IdRange[] {
    this.#takeTail();
    const missing: IdRange[] = [];
    let from = first;
    for (let index = Math.max(this.#indexAtOrBefore(first), 0); index < this.#firsts.length && this.#firsts[index]! <= last; index++) {
      if (this.#firsts[index]! > from) missing.push([from, this.#firsts[index]! - 1]);
      from = Math.max(from, this.#lasts[index]! + 1);
    }
    if (from <= last) missing.push([from, last]);
    return missing;
  }

  /** Difference: the ids that are not in another set. */
  without(other: IdIntervals): IdIntervals {
    const rest = new IdIntervals();
    const cuts = other.ranges();
    let cut = 0;
    for (const [first, last] of this.ranges()) {
      let from = first;
      while (cut < cuts.length && cuts[cut]![1] < first) cut += 1;
      for (let at = cut; at < cuts.length && cuts[at]![0] <= last; at++) {
        const [cutFirst, cutLast] = cuts[at]!;
        if (cutFirst > from) rest.addRange(from, cutFirst - 1);
        from = cutLast + 1;
      }
      if (from <= last) rest.addRange(from, last);
    }
    return rest;
  }

  /** Index of the last interval that starts at or below the id, or -1. */
  #indexAtOrBefore(id: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #insert(first: number, last: number): boolean {
    let from = this.#indexAtOrBefore(first);
    if (from >= 0 && last <= this.#lasts[from]!) return false;
    if (from < 0 || this.#lasts[from]! < first - 1) from += 1;
    let to = from;
    while (to < this.#firsts.length && this.#firsts[to]! <= last + 1) to += 1;
    const mergedFirst = to > from ? Math.min(first, this.#firsts[from]!) : first;
    const mergedLast = to > from ? Math.max(last, this.#lasts[to - 1]!) : last;
    this.#firsts.splice(from, to - from, mergedFirst);
    this.#lasts.splice(from, to - from, mergedLast);
    this.#cursor = from;
    return true;
  }
}

/** The open run of each symbol, by its code, during a call; the arrays are reused by the next call. */
let firsts = new Float64Array(128).fill(NaN);
let lasts = new Float64Array(128).fill(NaN);

/**
 * Splits the ids of blocks into runs: consecutive ids of one symbol, whatever other symbols come in between and wherever a block ends. Most
 * trades come this way, and a set of ids adds a run at the price of a single id.
 * @param take called once per run, in order of arrival within each symbol; runs of a symbol are never adjacent
 */
export function eachRun(
  blocks: readonly Pick<TradeBlock, 'symbol' | 'id' | 'length'>[],
  take: (symbol: number, first: number, last: number) => void,
): void {
  // Reset at each call, in case the previous one threw. No id follows NaN: a symbol without a run needs no extra branch.
  lasts.fill(NaN);
  for (const { symbol, id, length } of blocks) {
    for (let row = 0; row < length; row++) {
      const code = symbol[row]!;
      const next = id[row]!;
      if (code >= lasts.length) {
        const size = Math.max(2 * lasts.length, code + 1);
        firsts = widened(firsts, size, NaN);
        lasts = widened(lasts, size, NaN);
      }
      const last = lasts[code]!;
      lasts[code] = next;
      if (next === last + 1) continue;
      if (!Number.isNaN(last)) take(code, firsts[code]!, last);
      firsts[code] = next;
    }
  }
  for (let code = 0; code < lasts.length; code++) if (!Number.isNaN(lasts[code]!)) take(code, firsts[code]!, lasts[code]!);
}
