import { joinSums, sumTrades, type SummedTrade, type WindowSums } from './window-sums.js';

/** A row of trades_data. */
export interface StoredTrade extends SummedTrade {
  /** us. */
  readonly time: number;
  readonly side: number;
  readonly origin: number;
  /** ns. */
  readonly receiveTime: bigint;
  /** -1 where there is none. */
  readonly sequence: number;
  readonly connectionId: number;
}

interface Second {
  readonly trades: Map<number, StoredTrade>;
  /** What they add up to; null where that is to be worked out anew. */
  sums: WindowSums | null;
}

const SECOND_US = 1_000_000;

/**
 * The trades of one market as ReplacingMergeTree has them once all is merged: one row per id, that of the highest version, which is
 * the origin; of two with the same version that which came last.
 */
export class TradeTable {
  readonly byId = new Map<number, StoredTrade>();
  /** Rows that came, and rows that came for an id that was there. */
  inserted = 0;
  redelivered = 0;
  readonly #seconds = new Map<number, Second>();
  #order: number[] = [];
  #isSorted = true;

  insert(trade: StoredTrade): void {
    this.inserted += 1;
    const known = this.byId.get(trade.id);
    if (known !== undefined) {
      this.redelivered += 1;
      if (known.origin > trade.origin) return;
      const second = this.#secondAt(known.time);
      second.trades.delete(known.id);
      second.sums = null;
    }
    this.byId.set(trade.id, trade);
    const second = this.#secondAt(trade.time);
    second.trades.set(trade.id, trade);
    second.sums = null;
  }

  /** What the trades of [from, to) add up to, from and to being whole seconds (us). */
  fold(from: number, to: number): WindowSums | undefined {
    let sums: WindowSums | undefined;
    for (const second of this.#within(from, to)) {
      second.sums ??= sumTrades(second.trades.values()) ?? null;
      if (second.sums !== null) sums = sums === undefined ? second.sums : joinSums(sums, second.sums);
    }
    return sums;
  }

  /** Trades of [from, to), any us, by time and id. */
  between(from: number, to: number): StoredTrade[] {
    const seconds = this.#within(from - (from % SECOND_US), to);
    const trades = [...seconds].flatMap((second) => [...second.trades.values()]).filter(({ time }) => time >= from && time < to);
    return trades.sort((a, b) => a.time - b.time || a.id - b.id);
  }

  /** Ids from one on, rising. */
  idsFrom(first: number): number[] {
    return [...this.byId.keys()].filter((id) => id >= first).sort((a, b) => a - b);
  }

  #secondAt(time: number): Second {
    const open = time - (time % SECOND_US);
    let second = this.#seconds.get(open);
    if (second === undefined) {
      second = { trades: new Map(), sums: null };
      this.#seconds.set(open, second);
      if (this.#order.length > 0 && this.#order.at(-1)! > open) this.#isSorted = false;
      this.#order.push(open);
    }
    return second;
  }

  *#within(from: number, to: number): Generator<Second> {
    if (!this.#isSorted) this.#order.sort((a, b) => a - b);
    this.#isSorted = true;
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle]! < from) low = middle + 1;
      else high = middle;
    }
    for (; low < this.#order.length && this.#order[low]! < to; low++) yield this.#seconds.get(this.#order[low]!)!;
  }
}
