const SMALLEST_BYTES = 1_024;
/** How often it is asked for memory between two looks at what of it nobody needs. */
const TRIM_EVERY_TAKES = 256;

/**
 * Memory that is used again. New memory is dear twice: the kernel gives it page by page as it is written to (of the encoding of trades
 * that was nearly half, measured), and the collector looks through the heap for every few megabytes of it, whatever they hold.
 */
export class SpareMemory {
  /** The oldest first. */
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;
  #takes = 0;
  /** The least that was free since the last look: so much was never needed. */
  #leastFreeBytes = 0;

  /** @param bytesMax memory that is kept while nobody uses it: the oldest makes room */
  constructor(readonly bytesMax: number) {}

  /** At least so many bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    // What was given last fits most often, and is still in the processor's cache.
    const index = this.#free.findLastIndex(({ byteLength }) => byteLength === size);
    const found = index < 0 ? undefined : this.#free.splice(index, 1)[0]!;
    if (found !== undefined) this.#bytes -= size;
    this.#leastFreeBytes = Math.min(this.#leastFreeBytes, this.#bytes);
    this.#takes += 1;
    if (this.#takes % TRIM_EVERY_TAKES === 0) this.#trim();
    return found ?? new ArrayBuffer(size);
  }

  /** Takes back what it gave: nobody may look at it any more. */
  give(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#bytes += buffer.byteLength;
    this.#shrinkTo(this.bytesMax);
  }

  /** Lets go of what a burst left behind. */
  #trim(): void {
    this.#shrinkTo(this.#bytes - this.#leastFreeBytes);
    this.#leastFreeBytes = this.#bytes;
  }

  #shrinkTo(bytes: number): void {
    while (this.#bytes > bytes) this.#bytes -= this.#free.shift()!.byteLength;
  }
}

/** Few sizes, so that what was given fits what is wanted next: powers of two and their halves in between. */
function sizeFor(bytes: number): number {
  const size = Math.max(SMALLEST_BYTES, 2 ** (32 - Math.clz32(bytes - 1)));
  const between = (size / 4) * 3;
  return size > SMALLEST_BYTES && bytes <= between ? between : size;
}
