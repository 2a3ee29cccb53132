const SECOND_NS = 1_000_000_000n;

/** Lets so many rejects pass per second of their receive time: a venue that sends nonsense must not fill the store. */
export class RejectLimiter {
  #second = 0;
  #count = 0;

  constructor(private readonly perSecondMax: number) {}

  /** @param receiveTime ns. False where the second has had its share. */
  admits(receiveTime: bigint): boolean {
    const second = Number(receiveTime / SECOND_NS);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.perSecondMax;
  }
}
