import type { TradeColumns } from './trade-columns.js';

/** Consecutive trades of one price, side and time, as rows of the ledger: the end is exclusive. */
export interface Aggregate {
  readonly id: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/** The aggregate trades of one symbol, found when asked. Their ids are contiguous and have nothing to do with trade ids. */
export class AggregateBook {
  readonly #trades: TradeColumns;
  #firstRows: number[] = [];
  #read = 0;
  #reordered = 0;

  constructor(trades: TradeColumns) {
    this.#trades = trades;
  }

  /** How many there are; the last one may still grow. */
  get length(): number {
    this.#readOn();
    return this.#firstRows.length;
  }

  /** The id of the first one: somewhere below the trade ids, as at the venue. */
  get firstId(): number {
    return this.#trades.length === 0 ? 0 : Math.floor(this.#trades.id(0) / 2);
  }

  at(index: number): Aggregate {
    return {
      id: this.firstId + index,
      firstRow: this.#firstRows[index]!,
      endRow: this.#firstRows[index + 1] ?? this.#trades.length,
    };
  }

  /** The first aggregate that begins at this row or after it. */
  indexFromRow(row: number): number {
    this.#readOn();
    let low = 0;
    let high = this.#firstRows.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#firstRows[middle]! >= row) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #readOn(): void {
    const trades = this.#trades;
    if (trades.reordered !== this.#reordered) {
      this.#firstRows = [];
      this.#read = 0;
      this.#reordered = trades.reordered;
    }
    for (; this.#read < trades.length; this.#read++) {
      if (!this.#continues(this.#read)) this.#firstRows.push(this.#read);
    }
  }

  #continues(row: number): boolean {
    const trades = this.#trades;
    return (
      row > 0 &&
      trades.timeUs(row) === trades.timeUs(row - 1) &&
      trades.price(row) === trades.price(row - 1) &&
      trades.takerBuys(row) === trades.takerBuys(row - 1)
    );
  }
}
