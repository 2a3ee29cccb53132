import { Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import type { Column } from './arrow-columns.js';

type Values = Int8Array | Uint8Array | Int16Array | Int32Array | Uint32Array;
type ValuesOf<T extends Values> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => T;

/** Placeholders start this many bytes apart, by which they are told from each other: a multiple of every type's size. */
const STEP_BYTES = 16;
const STAND_INS_MAX = 64;
const ROW_BYTES_MAX = 16;

/**
 * The buffer of an Arrow IPC stream of one record batch, laid out before its values exist, so that they are written once, directly to where
 * they are sent from. apache-arrow's writer would copy full arrays.
 * Columns are made over placeholders, arrays of the right length in memory that is never read or written. `layOut` then builds the stream
 * around them, and `real` returns the place of a placeholder in it.
 */
export class ArrowLayout {
  /** Shared by all placeholders, which overlap in it. Never touched, so the kernel maps no page for it. */
  static #shared = new ArrayBuffer(0);

  readonly #memory: ArrayBuffer;
  readonly #offsets = new Map<number, number>();
  #count = 0;
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(readonly rows: number) {
    const bytes = rows * ROW_BYTES_MAX + STAND_INS_MAX * STEP_BYTES;
    if (ArrowLayout.#shared.byteLength < bytes) ArrowLayout.#shared = new ArrayBuffer(bytes);
    this.#memory = ArrowLayout.#shared;
  }

  /** @param length at most four 32-bit words for each row */
  standIn<T extends Values>(type: ValuesOf<T>, length: number): T {
    return new type(this.#memory, STEP_BYTES * this.#count++, length);
  }

  /**
   * Builds the whole stream: all of its bytes except the values, which are whatever the memory held.
   * @param take allocates memory of this many bytes
   */
  layOut(columns: readonly Column[], take: (bytes: number) => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const fields = columns.map(({ name, data }) => new Field(name, data.type, data.nullCount > 0));
    const struct = makeData({ type: new Struct(fields), length: this.rows, nullCount: 0, children: columns.map(({ data }) => data) });
    const writer = new LayoutWriter();
    writer.writeAll([new RecordBatch(new Schema(fields), struct)]);
    writer.close();
    const bytes = take(writer.length);
    for (const { chunk, offset } of writer.chunks) {
      if (chunk.buffer === this.#memory) this.#offsets.set(chunk.byteOffset, offset);
      else bytes.set(chunk, offset);
    }
    this.#bytes = bytes;
    return bytes;
  }

  /** The values of a placeholder, in the bytes returned by `layOut`. */
  real<T extends Values>(standIn: T): T {
    const offset = this.#offsets.get(standIn.byteOffset);
    if (this.#bytes === undefined || offset === undefined) throw new Error('a stand-in is in no column that was laid out');
    return new (standIn.constructor as ValuesOf<T>)(this.#bytes.buffer, this.#bytes.byteOffset + offset, standIn.length);
  }
}

/** Records what is written, and where, instead of writing it. */
class LayoutWriter extends RecordBatchStreamWriter {
  readonly chunks: { readonly chunk: Uint8Array; readonly offset: number }[] = [];
  length = 0;

  protected override _write(values: ArrayBufferView): this {
    if (this._started && values.byteLength > 0) {
      const chunk = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      this.chunks.push({ chunk, offset: this.length });
      this.length += chunk.length;
      this._position = this.length;
    }
    return this;
  }
}
