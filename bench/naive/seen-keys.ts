/** What a plain program does against repeats: a Set of `symbol:id`, and the last id of each symbol to see what is missing. */
export function seenKeys(trades: readonly { readonly symbol: string; readonly id: number }[]): {
  readonly kept: number;
  readonly gaps: number;
} {
  const seen = new Set<string>();
  const lasts = new Map<string, number>();
  let gaps = 0;
  for (const { symbol, id } of trades) {
    const key = `${symbol}:${id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const last = lasts.get(symbol);
    if (last !== undefined && id > last + 1) gaps += 1;
    if (last === undefined || id > last) lasts.set(symbol, id);
  }
  return { kept: seen.size, gaps };
}
