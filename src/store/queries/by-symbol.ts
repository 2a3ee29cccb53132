/** The given time of a row's symbol, us. */
export const TIME_US = 'transform(toString(symbol), {symbols:Array(String)}, {times:Array(Int64)}, toInt64(0))';

/** Groups rows by symbol, keeping their order. */
export function bySymbol<T extends { readonly symbol: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.symbol);
    if (group === undefined) groups.set(row.symbol, [row]);
    else group.push(row);
  }
  return groups;
}
