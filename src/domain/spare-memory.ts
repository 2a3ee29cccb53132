const SMALLEST_BYTES = 1_024;

/**
 * Memory that is used again, by powers of two. New memory is dear twice: the kernel gives it page by page as it is written to, and the
 * collector looks through the whole heap for every few megabytes of it, whatever they hold.
 */
export class SpareMemory {
  /** By the exponent of their size. */
  readonly #free: ArrayBuffer[][] = [];
  #bytes = 0;

  /** @param bytesMax memory that is kept while nobody uses it; what is given beyond is let go */
  constructor(readonly bytesMax: number) {}

  /** At least so many bytes, of any content. */
  take(bytes: number): ArrayBuffer {
    const exponent = exponentOf(bytes);
    const buffer = this.#free[exponent]?.pop();
    if (buffer === undefined) return new ArrayBuffer(2 ** exponent);
    this.#bytes -= buffer.byteLength;
    return buffer;
  }

  /** Takes back what it gave; memory of another size is let go. */
  give(buffer: ArrayBuffer): void {
    const exponent = exponentOf(buffer.byteLength);
    if (buffer.byteLength !== 2 ** exponent || this.#bytes + buffer.byteLength > this.bytesMax) return;
    (this.#free[exponent] ??= []).push(buffer);
    this.#bytes += buffer.byteLength;
  }
}

function exponentOf(bytes: number): number {
  return 32 - Math.clz32(Math.max(bytes, SMALLEST_BYTES) - 1);
}
