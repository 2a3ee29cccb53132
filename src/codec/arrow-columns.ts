import {
  type Data,
  Decimal,
  Dictionary,
  Field,
  Int32,
  Int8,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  tableFromIPC,
  tableToIPC,
  TimestampMicrosecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint32,
  Uint64,
  Utf8,
  Vector,
} from 'apache-arrow';

/** Rows of an Arrow stream, from one up to another, as a stream of their own. */
export function rowsOfStream(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return tableToIPC(tableFromIPC(bytes).slice(from, to), 'stream');
}

/** A named column over memory that is already in Arrow's layout: nothing is copied. */
export interface Column {
  readonly name: string;
  readonly data: Data;
}

/** Decimal(38, scale) over four words of 32 bits a row, or two of 64. */
export function decimalColumn(name: string, length: number, words: Uint32Array | BigUint64Array, scale: number): Column {
  const data = words instanceof Uint32Array ? words : new Uint32Array(words.buffer, words.byteOffset, 4 * length);
  return { name, data: makeData({ type: new Decimal(scale, 38, 128), length, nullCount: 0, data }) };
}

/** UInt64 over two 32-bit words a row; `validity` is a bitmap, where rows may be null. */
export function uint64Column(
  name: string,
  length: number,
  words: Uint32Array,
  validity?: { bitmap: Uint8Array; nullCount: number },
): Column {
  const data = new BigUint64Array(words.buffer, words.byteOffset, length);
  return {
    name,
    data: makeData(
      validity === undefined
        ? { type: new Uint64(), length, nullCount: 0, data }
        : { type: new Uint64(), length, nullCount: validity.nullCount, nullBitmap: validity.bitmap, data },
    ),
  };
}

export function uint32Column(name: string, data: Uint32Array): Column {
  return { name, data: makeData({ type: new Uint32(), length: data.length, nullCount: 0, data }) };
}

export function int8Column(name: string, data: Int8Array): Column {
  return { name, data: makeData({ type: new Int8(), length: data.length, nullCount: 0, data }) };
}

export function timestampColumn(name: string, unit: 's' | 'us' | 'ns', length: number, words: Uint32Array): Column {
  const data = new BigInt64Array(words.buffer, words.byteOffset, length);
  const type = unit === 's' ? new TimestampSecond('UTC') : unit === 'us' ? new TimestampMicrosecond('UTC') : new TimestampNanosecond('UTC');
  return { name, data: makeData({ type, length, nullCount: 0, data }) };
}

/**
 * Dictionary-encoded text: codes into a list of names.
 * @param id the dictionary's number in its stream: fixed, so that the same rows give the same bytes; the library would count on
 */
export function dictionaryColumn(name: string, id: number, codes: Int32Array | Int8Array, names: readonly string[]): Column {
  const dictionary = vectorOf(names);
  const type = new Dictionary(new Utf8(), codes instanceof Int8Array ? new Int8() : new Int32(), id);
  return { name, data: makeData({ type, length: codes.length, nullCount: 0, data: codes, dictionary }) };
}

/** Cached by list of names: that of a venue's symbols is the same for every batch, and only grows. */
const vectors = new WeakMap<readonly string[], Vector<Utf8>>();

function vectorOf(names: readonly string[]): Vector<Utf8> {
  let vector = vectors.get(names);
  if (vector?.length !== names.length) vectors.set(names, (vector = textVector(names)));
  return vector;
}

const encoder = new TextEncoder();

/** Names concatenated in one buffer; the library's builder takes five times as long, which matters with 1,000 markets. */
function textVector(names: readonly string[]): Vector<Utf8> {
  const data = encoder.encode(names.join(''));
  const valueOffsets = new Int32Array(names.length + 1);
  let end = 0;
  for (const [place, name] of names.entries()) {
    end += Buffer.byteLength(name);
    valueOffsets[place + 1] = end;
  }
  return new Vector([makeData({ type: new Utf8(), length: names.length, nullCount: 0, valueOffsets, data })]);
}

/** One record batch of these columns as a complete Arrow IPC stream. */
export function toArrowStream(columns: readonly Column[], length: number): Uint8Array {
  const fields = columns.map(({ name, data }) => new Field(name, data.type, data.nullCount > 0));
  const schema = new Schema(fields);
  const struct = makeData({ type: new Struct(fields), length, nullCount: 0, children: columns.map(({ data }) => data) });
  return RecordBatchStreamWriter.writeAll([new RecordBatch(schema, struct)]).toUint8Array(true);
}

const TWO_20 = 2 ** 20;
const TWO_32 = 2 ** 32;
/** 10^12 = UPPER * 2^32 + LOWER. */
const UPPER = 232;
const LOWER = 3_567_587_328;
const LIMB_BIG = 10n ** 12n;

/**
 * Writes (high * 10^12 + whole) * 10^12 + fraction, each limb below 10^12, as the 128-bit little-endian integer of Arrow's and ClickHouse's
 * Decimal(38, 12). Every intermediate value stays below 2^53, so doubles are exact.
 */
export function writeDecimal(words: Uint32Array, row: number, high: number, whole: number, fraction: number): void {
  if (high !== 0) {
    const value = (BigInt(high) * LIMB_BIG + BigInt(whole)) * LIMB_BIG + BigInt(fraction);
    for (let word = 0; word < 4; word++) words[4 * row + word] = Number((value >> BigInt(32 * word)) & 0xffff_ffffn);
    return;
  }
  const at = 4 * row;
  if (whole < TWO_20) {
    // Usual for prices and quantities: the product stays below 2^53. An element of the array keeps a value modulo 2^32 by itself.
    const first = whole * LOWER + fraction;
    words[at] = first;
    words[at + 1] = Math.floor(first / TWO_32) + whole * UPPER;
    words[at + 2] = 0;
    words[at + 3] = 0;
    return;
  }
  const upperPart = Math.floor(whole / TWO_20);
  const lowerPart = whole - upperPart * TWO_20;
  const shifted = upperPart * LOWER;
  const shiftedUpper = Math.floor(shifted / 4_096);
  const first = lowerPart * LOWER + fraction + (shifted - shiftedUpper * 4_096) * TWO_20;
  const carried = Math.floor(first / TWO_32);
  const second = carried + shiftedUpper + whole * UPPER;
  const third = Math.floor(second / TWO_32);
  words[at] = first - carried * TWO_32;
  words[at + 1] = second - third * TWO_32;
  words[at + 2] = third;
  words[at + 3] = 0;
}

/** Writes any non-negative integer below 2^127, as two words of 64 bits: an element of the array keeps a value modulo 2^64 by itself. */
export function writeWide(words: BigUint64Array, row: number, value: bigint): void {
  words[2 * row] = value;
  words[2 * row + 1] = value >> 64n;
}

/** Writes an integer from 0 to 2^53 - 1 as 64 bits, little-endian: an element of the array keeps a value's integer part modulo 2^32. */
export function writeUint64(words: Uint32Array, row: number, value: number): void {
  words[2 * row] = value;
  words[2 * row + 1] = value / TWO_32;
}

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
