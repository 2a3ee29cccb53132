/** Trades that the store refuses for what they say: one of so many as they come live, and every second of those whatever copy comes. */
export class PoisonedIds {
  constructor(readonly everyIds: number) {}

  /** Whether a trade is refused. */
  refuses(id: number, isRepaired: boolean): boolean {
    return id % this.everyIds === 0 && (!isRepaired || this.isLost(id));
  }

  /** Whether no copy of a trade is ever taken. */
  isLost(id: number): boolean {
    return id % (2 * this.everyIds) === 0;
  }

  /** Whether one of these ids is lost. */
  loses(first: number, last: number): boolean {
    return Math.ceil(first / (2 * this.everyIds)) * 2 * this.everyIds <= last;
  }
}
