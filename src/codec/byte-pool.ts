const SMALLEST_BYTES = 65_536;

/**
 * Memory that is used again. The kernel gives new memory page by page as it is written to, which takes longer than the writing: of the
 * encoding of trades it was nearly half (measured).
 */
export class BytePool {
  readonly #free: ArrayBuffer[] = [];

  /** @param buffersMax buffers that are kept while nobody uses them; what is given beyond is let go */
  constructor(readonly buffersMax: number) {}

  /** Bytes of any content. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const size = sizeFor(length);
    const index = this.#free.findIndex(({ byteLength }) => byteLength === size);
    const [buffer] = index < 0 ? [new ArrayBuffer(size)] : this.#free.splice(index, 1);
    return new Uint8Array(buffer!, 0, length);
  }

  /** Takes back what it gave: nobody may look at the bytes any more. The oldest of those unused makes room. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
    if (this.#free.length > this.buffersMax) this.#free.shift();
  }
}

/** Few sizes, so that what was given fits what is wanted next: powers of two and their halves in between. */
function sizeFor(length: number): number {
  let size = SMALLEST_BYTES;
  while (size < length) size *= 2;
  const between = (size / 4) * 3;
  return size > SMALLEST_BYTES && length <= between ? between : size;
}
