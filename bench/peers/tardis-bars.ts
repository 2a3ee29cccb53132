import { parseMessage } from '../naive/parse-message.js';
import type { Tardis, TardisTrade } from './load-tardis.js';

const IN_HAND = 512;
const INTERVALS_MS = [1_000, 60_000];

/**
 * Messages through tardis-dev: JSON.parse, its mapper, its bars. They come one after the other without waiting, which is the quickest that
 * its asynchronous iteration can be given. Counts what came out.
 */
export async function tardisBars(
  { normalizeTrades, computeTradeBars, compute }: Tardis,
  messages: readonly Buffer[],
): Promise<{ readonly trades: number; readonly bars: number; readonly last: unknown[] }> {
  function* normalized(): Generator<TardisTrade> {
    const mapper = normalizeTrades('binance', new Date());
    for (const message of messages) {
      const parsed = parseMessage(message);
      if (mapper.canHandle(parsed)) yield* mapper.map(parsed, new Date());
    }
  }
  const computables = INTERVALS_MS.map((interval) => computeTradeBars({ kind: 'time', interval }));
  const last: unknown[] = [];
  let trades = 0;
  let bars = 0;
  for await (const item of compute(normalized(), ...computables)) {
    // As with messages: the next run must find the code that was made for this one.
    last[(trades + bars) % IN_HAND] = item;
    if (item.type === 'trade') trades += 1;
    else bars += 1;
  }
  return { trades, bars, last };
}
