/** A row is four numbers: id, price, quantity (negative: the taker sold), time in microseconds. */
const WIDTH = 4;
const CHUNK_ROWS = 65_536;

/**
 * The trades of one symbol in the order of their ids: 32 bytes each, in chunks, so that growing never copies.
 * Rows come in order but for captures that are out of order; then a row is moved to its place.
 */
export class TradeColumns {
  readonly #chunks: Float64Array[] = [];
  #length = 0;
  #reordered = 0;

  get length(): number {
    return this.#length;
  }

  /** How often a row was put before others: what was derived from the rows is then stale. */
  get reordered(): number {
    return this.#reordered;
  }

  id(row: number): number {
    return this.#read(row, 0);
  }

  price(row: number): number {
    return this.#read(row, 1);
  }

  quantity(row: number): number {
    return Math.abs(this.#read(row, 2));
  }

  takerBuys(row: number): boolean {
    return this.#read(row, 2) > 0;
  }

  timeUs(row: number): number {
    return this.#read(row, 3);
  }

  /** Adds a trade, unless its id is there. Returns whether it was new. */
  add(id: number, price: number, quantity: number, takerBuys: boolean, timeUs: number): boolean {
    const late = this.#length > 0 && id <= this.id(this.#length - 1);
    if (late && this.id(this.firstRowFrom(id)) === id) return false;

    if (this.#length === this.#chunks.length * CHUNK_ROWS) this.#chunks.push(new Float64Array(CHUNK_ROWS * WIDTH));
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    const offset = (this.#length % CHUNK_ROWS) * WIDTH;
    chunk[offset] = id;
    chunk[offset + 1] = price;
    chunk[offset + 2] = takerBuys ? quantity : -quantity;
    chunk[offset + 3] = timeUs;
    this.#length++;
    if (late) this.#moveLastToItsPlace();
    return true;
  }

  /** The first row with this id or a higher one; the length when there is none. */
  firstRowFrom(id: number): number {
    return this.#search((row) => this.id(row) >= id);
  }

  /** The first row at this time or later. Times do not go back as ids rise: so it was in all captures. */
  firstRowAt(timeUs: number): number {
    return this.#search((row) => this.timeUs(row) >= timeUs);
  }

  #read(row: number, column: number): number {
    return this.#chunks[Math.floor(row / CHUNK_ROWS)]![(row % CHUNK_ROWS) * WIDTH + column]!;
  }

  #search(reached: (row: number) => boolean): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (reached(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #moveLastToItsPlace(): void {
    this.#reordered++;
    for (let row = this.#length - 1; row > 0 && this.id(row - 1) > this.id(row); row--) this.#swap(row - 1, row);
  }

  #swap(left: number, right: number): void {
    const leftRow = this.#row(left);
    const rightRow = this.#row(right);
    const kept = leftRow.slice();
    leftRow.set(rightRow);
    rightRow.set(kept);
  }

  #row(row: number): Float64Array {
    const offset = (row % CHUNK_ROWS) * WIDTH;
    return this.#chunks[Math.floor(row / CHUNK_ROWS)]!.subarray(offset, offset + WIDTH);
  }
}
