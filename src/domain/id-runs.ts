import type { TradeBlock } from './trade-block.js';
import { widened } from './widened.js';

/** The open run of each symbol, by its code, during a call; the arrays are reused by the next call. */
let firsts = new Float64Array(128).fill(NaN);
let lasts = new Float64Array(128).fill(NaN);

/**
 * Splits the ids of blocks into runs: consecutive ids of one symbol, whatever other symbols come in between and wherever a block ends. Most
 * trades come this way, and a set of ids adds a run at the price of a single id.
 * @param take called once per run, in order of arrival within each symbol; runs of a symbol are never adjacent
 */
export function eachRun(
  blocks: readonly Pick<TradeBlock, 'symbol' | 'id' | 'length'>[],
  take: (symbol: number, first: number, last: number) => void,
): void {
  // Reset at each call, in case the previous one threw. No id follows NaN: a symbol without a run needs no extra branch.
  lasts.fill(NaN);
  for (const { symbol, id, length } of blocks) {
    for (let row = 0; row < length; row++) {
      const code = symbol[row]!;
      const next = id[row]!;
      if (code >= lasts.length) {
        const size = Math.max(2 * lasts.length, code + 1);
        firsts = widened(firsts, size, NaN);
        lasts = widened(lasts, size, NaN);
      }
      const last = lasts[code]!;
      lasts[code] = next;
      if (next === last + 1) continue;
      if (!Number.isNaN(last)) take(code, firsts[code]!, last);
      firsts[code] = next;
    }
  }
  for (let code = 0; code < lasts.length; code++) if (!Number.isNaN(lasts[code]!)) take(code, firsts[code]!, lasts[code]!);
}
