/** A large piece of memory that smaller ones are cut from, one behind the other. */
interface Slab {
  readonly buffer: ArrayBuffer;
  /** Bytes cut so far. */
  used: number;
  /** Pieces that were not given back. */
  lent: number;
}

/** Memory that was lent, of any content: it begins at `offset`, a multiple of eight. */
export interface Piece {
  readonly slab: Slab;
  readonly offset: number;
}

/** How often memory is asked for between two looks at what of it nobody needs. */
const TRIM_EVERY_TAKES = 4_096;

/**
 * Memory for many pieces of all sizes that come back in about the order in which they were taken. New memory is dear twice: the kernel
 * gives it page by page as it is written to, and the collector walks the whole heap for every few megabytes of it, whatever they hold. Kept by
 * size, some size was always missing while others lay idle (3 MB of new memory a second at 150,000 trades a second, measured); cut from
 * slabs, what comes back serves any size.
 */
export class SlabAllocator {
  #open: Slab | null = null;
  /** Slabs that nothing is lent from; the one that was in use last is the last, and the first to be used again: it is still in the cache. */
  readonly #free: Slab[] = [];
  /** The least that was free since the last look: so much was never needed. */
  #leastFree = 0;
  #takes = 0;

  /** @param slabsMax slabs that are kept while nobody uses them */
  constructor(
    readonly slabBytes: number,
    readonly slabsMax: number,
  ) {}

  take(bytes: number): Piece {
    this.#takes += 1;
    if (this.#takes % TRIM_EVERY_TAKES === 0) this.#trim();
    const size = Math.ceil(bytes / 8) * 8;
    const slab = size > this.slabBytes ? newSlab(size) : this.#slabWith(size);
    const offset = slab.used;
    slab.used += size;
    slab.lent += 1;
    return { slab, offset };
  }

  /** Takes back what it lent: nobody may look at it any more. */
  give({ slab }: Piece): void {
    slab.lent -= 1;
    if (slab.lent > 0) return;
    slab.used = 0;
    if (slab === this.#open || slab.buffer.byteLength !== this.slabBytes || this.#free.length >= this.slabsMax) return;
    this.#free.push(slab);
  }

  #slabWith(size: number): Slab {
    if (this.#open !== null && this.#open.used + size <= this.slabBytes) return this.#open;
    this.#open = this.#free.pop() ?? newSlab(this.slabBytes);
    this.#leastFree = Math.min(this.#leastFree, this.#free.length);
    return this.#open;
  }

  /** Lets go of what a burst left behind. */
  #trim(): void {
    this.#free.splice(0, this.#leastFree);
    this.#leastFree = this.#free.length;
  }
}

function newSlab(bytes: number): Slab {
  return { buffer: new ArrayBuffer(bytes), used: 0, lent: 0 };
}

/** Memory that nothing else is cut from. */
export function pieceAlone(bytes: number): Piece {
  return { slab: { ...newSlab(bytes), lent: 1 }, offset: 0 };
}
