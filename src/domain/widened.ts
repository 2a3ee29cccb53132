/** A column with room for more: what it held, then a value in every new place. */
export function widened(column: Float64Array, size: number, value: number): Float64Array<ArrayBuffer> {
  const wide = new Float64Array(size).fill(value, column.length);
  wide.set(column);
  return wide;
}
