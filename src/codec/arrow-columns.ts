import {
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
  TimestampMicrosecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint32,
  Uint64,
  Utf8,
  Vector,
  type Data,
} from 'apache-arrow';

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
