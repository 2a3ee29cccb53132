type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A larger copy of a column, with a value in every new slot. */
export function widened<C extends Column>(column: C, size: number, value: number): C {
  const wide = new (column.constructor as new (length: number) => C)(size);
  wide.fill(value, column.length);
  wide.set(column);
  return wide;
}
