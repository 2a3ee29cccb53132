import type { TradeBlock } from './trade-block.js';
import { widened } from './widened.js';

/** The open run of each symbol, by its code, while a call lasts: arrays that serve one call after another. */
let firsts = new Float64Array(128).fill(NaN);
let lasts = new Float64Array(128).fill(NaN);

/**
 * Gives the ids of blocks as runs: ids of one symbol that follow one another without a hole, whatever other symbols stand in between
 * and wherever a block ends. Trades mostly come so: a set of ids grows by a run at the price of a single id.
 * @param take is given each run once, those of one symbol in order of arrival; no run of a symbol is continued by its next one
 */
export function eachRun(
  blocks: readonly Pick<TradeBlock, 'symbol' | 'id' | 'length'>[],
  take: (symbol: number, first: number, last: number) => void,
): void {
  // Anew at each call, whatever the one before came to. No id follows NaN: a symbol without a run needs no branch of its own.
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
