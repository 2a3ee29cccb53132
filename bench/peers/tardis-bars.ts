import type { Tardis, TardisTrade } from './load-tardis.js';

const INTERVALS_MS = [1_000, 60_000];

/**
 * Messages through tardis-dev: JSON.parse, its mapper, its bars. They come one after the other without waiting, which is the quickest that
 * its asynchronous iteration can be given. Counts what came out.
 */
export async function tardisBars(
  { normalizeTrades, computeTradeBars, compute }: Tardis,
  messages: readonly Buffer[],
): Promise<{ readonly trades: number; readonly bars: number }> {
  function* normalized(): Generator<TardisTrade> {
    const mapper = normalizeTrades('binance', new Date());
    for (const message of messages) {
      const parsed: unknown = JSON.parse(message.toString());
      if (mapper.canHandle(parsed)) yield* mapper.map(parsed, new Date());
    }
  }
  const computables = INTERVALS_MS.map((interval) => computeTradeBars({ kind: 'time', interval }));
  let trades = 0;
  let bars = 0;
  for await (const { type } of compute(normalized(), ...computables)) {
    if (type === 'trade') trades += 1;
    else bars += 1;
  }
  return { trades, bars };
}
