/** A set of ids as closed intervals in order: its size grows with holes, not with ids. */
export class IdSet {
  readonly #first: number[] = [];
  readonly #last: number[] = [];

  add(id: number): void {
    const end = this.#last.length - 1;
    if (end >= 0 && this.#last[end] === id - 1) this.#last[end] = id;
    else this.#insert(id);
  }

  has(id: number): boolean {
    const index = this.#at(id);
    return index < this.#first.length && this.#first[index]! <= id;
  }

  get size(): number {
    return this.#first.reduce((sum, first, index) => sum + this.#last[index]! - first + 1, 0);
  }

  /** The intervals, both ends included. */
  intervals(): readonly (readonly [first: number, last: number])[] {
    return this.#first.map((first, index) => [first, this.#last[index]!]);
  }

  /** The first interval that ends at the id or after it. */
  #at(id: number): number {
    let low = 0;
    let high = this.#last.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#last[middle]! >= id) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #insert(id: number): void {
    if (this.has(id)) return;
    const after = this.#at(id);
    const joinsBefore = after > 0 && this.#last[after - 1] === id - 1;
    const joinsAfter = after < this.#first.length && this.#first[after] === id + 1;
    if (joinsBefore && joinsAfter) {
      this.#last[after - 1] = this.#last[after]!;
      this.#first.splice(after, 1);
      this.#last.splice(after, 1);
    } else if (joinsBefore) {
      this.#last[after - 1] = id;
    } else if (joinsAfter) {
      this.#first[after] = id;
    } else {
      this.#first.splice(after, 0, id);
      this.#last.splice(after, 0, id);
    }
  }
}
