/** A large piece of memory that smaller ones are allocated from, one after the other. */
interface Slab {
  readonly buffer: ArrayBuffer;
  /** Bytes allocated so far. */
  used: number;
  /** Allocations not yet released. */
  lent: number;
}

/** Lent memory, not zeroed: it starts at `offset`, a multiple of eight. */
export interface Piece {
  readonly slab: Slab;
  readonly offset: number;
}

/** Number of allocations between two trims of unused memory. */
const SLAB_TRIM_EVERY_TAKES = 4_096;

/**
 * Allocator for many buffers of all sizes that are released in about the order of allocation. New memory costs twice: the kernel maps it
 * page by page on first write, and the garbage collector scans the whole heap for every few megabytes of it. A pool by size always lacked
 * some size while buffers of others were unused (3 MB of new memory a second at 150,000 trades a second, measured); memory cut from slabs
 * is reused for any size.
 */
export class SlabAllocator {
  #open: Slab | null = null;
  /** Slabs without allocations; the one used last is at the end and is reused first, because it is still in the cache. */
  readonly #free: Slab[] = [];
  /** Fewest free slabs since the last trim: so many were not needed. */
  #leastFree = 0;
  #takes = 0;

  /** @param slabsMax unused slabs that are kept */
  constructor(
    readonly slabBytes: number,
    readonly slabsMax: number,
  ) {}

  take(bytes: number): Piece {
    this.#takes += 1;
    if (this.#takes % SLAB_TRIM_EVERY_TAKES === 0) this.#trim();
    const size = Math.ceil(bytes / 8) * 8;
    const slab = size > this.slabBytes ? newSlab(size) : this.#slabWith(size);
    const offset = slab.used;
    slab.used += size;
    slab.lent += 1;
    return { slab, offset };
  }

  /** Releases lent memory: it must not be used any more. */
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

  /** Releases slabs that a burst left behind. */
  #trim(): void {
    this.#free.splice(0, this.#leastFree);
    this.#leastFree = this.#free.length;
  }
}

function newSlab(bytes: number): Slab {
  return { buffer: new ArrayBuffer(bytes), used: 0, lent: 0 };
}

/** Memory that is not shared with other allocations. */
export function pieceAlone(bytes: number): Piece {
  return { slab: { ...newSlab(bytes), lent: 1 }, offset: 0 };
}

const SMALLEST_BYTES = 1_024;
/** A free buffer may be this many times larger than requested: reusing one is better than allocating. */
const TOO_LARGE = 4;
/** Number of requests between two trims of unused memory. */
const POOL_TRIM_EVERY_TAKES = 256;

/**
 * Pool of a few large buffers, as SlabAllocator is one for many small ones. Each is a buffer of its own, for data that is passed on
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
    if (this.#takes % POOL_TRIM_EVERY_TAKES === 0) this.#trim();
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

type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A larger copy of a column, with a value in every new slot. */
export function widened<C extends Column>(column: C, size: number, value: number): C {
  const wide = new (column.constructor as new (length: number) => C)(size);
  wide.fill(value, column.length);
  wide.set(column);
  return wide;
}
