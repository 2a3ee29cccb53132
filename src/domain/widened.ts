type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A column with room for more: what it held, then a value in every new place. */
export function widened<C extends Column>(column: C, size: number, value: number): C {
  const wide = new (column.constructor as new (length: number) => C)(size);
  wide.fill(value, column.length);
  wide.set(column);
  return wide;
}
