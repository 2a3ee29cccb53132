const SMALLEST_BYTES = 1_024;

/**
 * Memory that is used again. New memory is dear twice: the kernel gives it page by page as it is written to (of the encoding of trades
 * that was nearly half, measured), and the collector looks through the heap for every few megabytes of it, whatever they hold.
 */
export class SpareMemory {
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;

  /** @param bytesMax memory that is kept while nobody uses it: the oldest makes room */
  constructor(readonly bytesMax: number) {}

  /** At least so many bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    // What was given last fits most often, and is still in the processor's cache.
    const index = this.#free.findLastIndex(({ byteLength }) => byteLength === size);
    if (index < 0) return new ArrayBuffer(size);
    this.#bytes -= size;
    return this.#free.splice(index, 1)[0]!;
  }

  /** Takes back what it gave: nobody may look at it any more. */
  give(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > this.bytesMax) this.#bytes -= this.#free.shift()!.byteLength;
  }
}

/** Few sizes, so that what was given fits what is wanted next: powers of two and their halves in between. */
function sizeFor(bytes: number): number {
  const size = Math.max(SMALLEST_BYTES, 2 ** (32 - Math.clz32(bytes - 1)));
  const between = (size / 4) * 3;
  return size > SMALLEST_BYTES && bytes <= between ? between : size;
}
