const SMALLEST_BYTES = 1_024;
/** A piece may be so many times as large as what is asked for: one that is there is better than a new one. */
const TOO_LARGE = 4;
/** How often memory is asked for between two looks at what of it nobody needs. */
const TRIM_EVERY_TAKES = 256;

/**
 * Memory of a few large pieces that is used again, as SlabMemory is for many small ones. Each piece is a buffer of its own, for what is
 * handed to others as a whole.
 */
export class BufferPool {
  /** The one given back last at the end. */
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;
  #takes = 0;
  /** The fewest that were free since the last look: so many were never needed. */
  #leastFree = 0;

  /** @param bytesMax memory that is kept while nobody uses it: what was not used for the longest time makes room */
  constructor(readonly bytesMax: number) {}

  /** At least so many bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    this.#takes += 1;
    if (this.#takes % TRIM_EVERY_TAKES === 0) this.#trim();
    const place = this.#placeFor(bytes);
    if (place < 0) return new ArrayBuffer(sizeFor(bytes));
    const [found] = this.#free.splice(place, 1);
    this.#bytes -= found!.byteLength;
    this.#leastFree = Math.min(this.#leastFree, this.#free.length);
    return found!;
  }

  /** Takes back what it gave: nobody may look at it any more. */
  give(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > this.bytesMax) this.#drop();
  }

  /** The smallest that will do, and of those the one that was used last: it is still in the processor's cache. -1 where there is none. */
  #placeFor(bytes: number): number {
    let best = -1;
    for (const [place, { byteLength }] of this.#free.entries()) {
      if (byteLength < bytes || byteLength > Math.max(SMALLEST_BYTES, TOO_LARGE * bytes)) continue;
      if (best < 0 || byteLength <= this.#free[best]!.byteLength) best = place;
    }
    return best;
  }

  /** Lets go of what a burst left behind. */
  #trim(): void {
    for (let left = this.#leastFree; left > 0; left--) this.#drop();
    this.#leastFree = this.#free.length;
  }

  #drop(): void {
    this.#bytes -= this.#free.shift()!.byteLength;
    this.#leastFree = Math.min(this.#leastFree, this.#free.length);
  }
}

/** Few sizes, so that what was given fits what is wanted next: powers of two and their halves in between. */
function sizeFor(bytes: number): number {
  const size = Math.max(SMALLEST_BYTES, 2 ** (32 - Math.clz32(bytes - 1)));
  const between = (size / 4) * 3;
  return size > SMALLEST_BYTES && bytes <= between ? between : size;
}
