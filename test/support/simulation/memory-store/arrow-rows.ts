import { tableFromIPC, type Table } from 'apache-arrow';
import { messageOf, SeracError } from '../../../../src/errors.js';

/** Names of a table's columns, each with Arrow's name of its type. */
export type ArrowColumns = Readonly<Record<string, string>>;

/** Rows of an Arrow IPC stream, column by column, as ClickHouse would take them: a column that is not the table's is refused. */
export class ArrowRows {
  readonly #table: Table;

  constructor(bytes: Uint8Array, columns: ArrowColumns) {
    this.#table = read(bytes);
    const found = Object.fromEntries(this.#table.schema.fields.map(({ name, type }) => [name, String(type)]));
    for (const [name, type] of Object.entries(columns)) {
      if (found[name] !== type) throw refused(`the column ${name} is ${found[name] ?? 'missing'}, and not ${type}`);
    }
    const extra = Object.keys(found).filter((name) => !(name in columns));
    if (extra.length > 0) throw refused(`there is no column ${extra.join(', ')}`);
  }

  get rows(): number {
    return this.#table.numRows;
  }

  /** Text that repeats: codes into a dictionary. */
  texts(name: string): string[] {
    const chunk = this.#chunk(name);
    const values: unknown = chunk.values;
    const words = Array.from(chunk.dictionary!, String);
    return Array.from(this.#cut(values as Int32Array), (code) => words[code]!);
  }

  /** Integers of at most 53 bits; -1 where there is none. */
  integers(name: string): number[] {
    const chunk = this.#chunk(name);
    const numbers = Array.from<number | bigint, number>(this.#cut(chunk.values as Uint32Array | BigUint64Array), Number);
    if (chunk.nullCount > 0) numbers.forEach((_, row) => chunk.getValid(row) || (numbers[row] = -1));
    return numbers;
  }

  /** Integers of 64 bits. */
  bigints(name: string): bigint[] {
    return Array.from(this.#cut(this.#chunk(name).values as BigInt64Array));
  }

  /** Decimals as the integers that they scale, up to 128 bits. */
  decimals(name: string): bigint[] {
    const words = this.#chunk(name).values as Uint32Array;
    const halves = new BigUint64Array(words.buffer, words.byteOffset, words.length / 2);
    return Array.from({ length: this.rows }, (_, row) => halves[2 * row]! + (halves[2 * row + 1]! << 64n));
  }

  /** Buffers are filled up to whole words of 64 bits. */
  #cut<T extends { subarray(from: number, to: number): T }>(values: T): T {
    return values.subarray(0, this.rows);
  }

  #chunk(name: string) {
    const { data } = this.#table.getChild(name)!;
    if (data.length !== 1) throw refused(`${data.length} chunks of the column ${name} in one batch`);
    return data[0]!;
  }
}

function read(bytes: Uint8Array): Table {
  try {
    return tableFromIPC(bytes);
  } catch (cause) {
    throw refused(messageOf(cause), cause);
  }
}

function refused(what: string, cause?: unknown): SeracError {
  return new SeracError('store.refused', `The store refuses the batch: ${what}.`, { cause });
}
