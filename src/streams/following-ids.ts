import type { IdIntervals } from '../domain/id-intervals.js';
import type { MarketState } from './market-state.js';

/**
 * Ids that go on where a symbol's newest one stood, as nearly all do: within a block they are counted in an array, and become seen
 * when the block ends, a run at a time. Asked one by one, the intervals of a symbol are the dearest part of deduplication.
 */
export class FollowingIds {
  /** The id after a symbol's last, by its code; NaN, which no id equals, of a symbol that the block has not named yet. */
  next = new Float64Array(16).fill(NaN);
  /** The first id of the run that ends before `next`. */
  #first = new Float64Array(16);
  readonly #named: number[] = [];

  constructor(private readonly state: MarketState) {}

  /** A block begins. The arrays stay the same ones until it ends. */
  begin(): this {
    const { size } = this.state.symbols;
    if (size > this.next.length) {
      this.next = new Float64Array(2 * size).fill(NaN);
      this.#first = new Float64Array(2 * size);
    }
    return this;
  }

  /** Makes what was counted of a symbol seen; gives its intervals, which the caller may add to before `follow`. */
  settle(code: number): IdIntervals {
    const { seen } = this.state.of(code).coverage;
    const next = this.next[code]!;
    if (next > this.#first[code]!) seen.addRange(this.#first[code]!, next - 1);
    else if (Number.isNaN(next)) this.#named.push(code);
    return seen;
  }

  /** Goes on behind a symbol's newest id. */
  follow(code: number): void {
    const { last } = this.state.of(code).coverage.seen;
    this.#first[code] = this.next[code] = last! + 1;
  }

  /** The block is over: everything that was counted is seen. */
  end(): void {
    for (const code of this.#named) {
      this.settle(code);
      this.next[code] = NaN;
    }
    this.#named.length = 0;
  }
}
