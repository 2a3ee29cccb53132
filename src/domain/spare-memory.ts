const SMALLEST_BYTES = 1_024;
/** A free buffer may be this many times larger than requested: reusing one is better than allocating. */
const TOO_LARGE = 4;
/** Number of requests between two trims of unused memory. */
const TRIM_EVERY_TAKES = 256;

/**
 * Pool of a few large buffers, as SlabMemory is an allocator for many small ones. Each is a buffer of its own, for data that is passed on
 * as a whole.
 */
export class BufferPool {
  /** The most recently released one is last. */
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;
  #takes = 0;
  /** Fewest free buffers since the last trim: so many were not needed. */
  #leastFree = 0;

  /** @param bytesMax unused memory that is kept; the least recently used buffer is evicted first */
  constructor(readonly bytesMax: number) {}

  /** At least this many bytes, not zeroed. */
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

  /** Releases a buffer: it must not be used any more. */
  give(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > this.bytesMax) this.#drop();
  }

  /** The smallest one that fits, and of those the most recently used: it is still in the processor's cache. -1 if none fits. */
  #placeFor(bytes: number): number {
    let best = -1;
    for (const [place, { byteLength }] of this.#free.entries()) {
      if (byteLength < bytes || byteLength > Math.max(SMALLEST_BYTES, TOO_LARGE * bytes)) continue;
      if (best < 0 || byteLength <= this.#free[best]!.byteLength) best = place;
    }
    return best;
  }

  /** Releases buffers that a burst left behind. */
  #trim(): void {
    for (let left = this.#leastFree; left > 0; left--) this.#drop();
    this.#leastFree = this.#free.length;
  }

  #drop(): void {
    this.#bytes -= this.#free.shift()!.byteLength;
    this.#leastFree = Math.min(this.#leastFree, this.#free.length);
  }
}

/** Few size classes, so that released buffers fit later requests: powers of two and their halves in between. */
function sizeFor(bytes: number): number {
  const size = Math.max(SMALLEST_BYTES, 2 ** (32 - Math.clz32(bytes - 1)));
  const between = (size / 4) * 3;
  return size > SMALLEST_BYTES && bytes <= between ? between : size;
}
