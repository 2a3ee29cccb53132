import type { ReadyTrade, SimpleSums } from './simple-sums.js';

/** Exact sums with a BigInt or two made for each trade. */
export function bigIntSums(trades: readonly ReadyTrade<bigint>[]): SimpleSums<bigint> {
  const open = trades[0]!.price;
  let [high, low, close] = [open, open, open];
  let [volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume] = [0n, 0n, 0n, 0n];
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
