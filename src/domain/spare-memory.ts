const SMALLEST_BYTES = 1_024;
/** How often it is asked for memory between two looks at what of it nobody needs. */
const TRIM_EVERY_TAKES = 4_096;

/**
 * Memory that is used again. New memory is dear twice: the kernel gives it page by page as it is written to (of the encoding of trades
 * that was nearly half, measured), and the collector looks through the heap for every few megabytes of it, whatever they hold.
 */
export class SpareMemory {
  /** By size, the one that was given something last at the end. */
  readonly #shelves = new Map<number, Shelf>();
  #bytes = 0;
  #takes = 0;

  /** @param bytesMax memory that is kept while nobody uses it: what is of a size that was not given for the longest time makes room */
  constructor(readonly bytesMax: number) {}

  /** At least so many bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    this.#takes += 1;
    if (this.#takes % TRIM_EVERY_TAKES === 0) this.#trim();
    const size = sizeFor(bytes);
    // One that is somewhat too large is better than a new one.
    return this.#pop(size) ?? this.#pop(sizeAfter(size)) ?? new ArrayBuffer(size);
  }

  #pop(size: number): ArrayBuffer | undefined {
    const shelf = this.#shelves.get(size);
    // What was given last is still in the processor's cache.
    const found = shelf?.free.pop();
    if (shelf === undefined || found === undefined) return undefined;
    this.#bytes -= size;
    shelf.leastFree = Math.min(shelf.leastFree, shelf.free.length);
    return found;
  }

  /** Takes back what it gave: nobody may look at it any more. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    const shelf = this.#shelves.get(size) ?? { free: [], leastFree: 0 };
    this.#shelves.delete(size);
    this.#shelves.set(size, shelf);
    shelf.free.push(buffer);
    this.#bytes += size;
    if (this.#bytes > this.bytesMax) this.#makeRoom();
  }

  #makeRoom(): void {
    for (const [size, shelf] of this.#shelves) {
      const over = Math.ceil((this.#bytes - this.bytesMax) / size);
      if (over <= 0) return;
      this.#drop(shelf, size, over);
    }
  }

  /** Lets go of what a burst left behind. */
  #trim(): void {
    for (const [size, shelf] of this.#shelves) {
      this.#drop(shelf, size, shelf.leastFree);
      shelf.leastFree = shelf.free.length;
    }
  }

  #drop(shelf: Shelf, size: number, count: number): void {
    this.#bytes -= size * shelf.free.splice(0, count).length;
    shelf.leastFree = Math.min(shelf.leastFree, shelf.free.length);
  }
}

/** Memory of one size. */
interface Shelf {
  /** The oldest first. */
  readonly free: ArrayBuffer[];
  /** The least that was free since the last look: so much was never needed. */
  leastFree: number;
}

/** Few sizes, so that what was given fits what is wanted next: powers of two and their halves in between. */
function sizeFor(bytes: number): number {
  const size = Math.max(SMALLEST_BYTES, 2 ** (32 - Math.clz32(bytes - 1)));
  const between = (size / 4) * 3;
  return size > SMALLEST_BYTES && bytes <= between ? between : size;
}

/** The next larger one. */
function sizeAfter(size: number): number {
  const isPowerOfTwo = (size & (size - 1)) === 0;
  return isPowerOfTwo ? (size / 2) * 3 : (size / 3) * 4;
}
