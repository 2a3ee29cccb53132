import type { ReadyTrade, SimpleSums } from './simple-sums.js';

/** Sums in floats: what most programs do, and not exact. */
export function floatSums(trades: readonly ReadyTrade<number>[]): SimpleSums<number> {
  const open = trades[0]!.price;
  let [high, low, close] = [open, open, open];
  let [volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume] = [0, 0, 0, 0];
  for (const { price, quantity, bought } of trades) {
    if (price > high) high = price;
    if (price < low) low = price;
    close = price;
    const product = price * quantity;
    volume = volume + quantity;
    quoteVolume = quoteVolume + product;
    if (!bought) continue;
    takerBuyVolume = takerBuyVolume + quantity;
    takerBuyQuoteVolume = takerBuyQuoteVolume + product;
  }
  return { open, high, low, close, volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume };
}
