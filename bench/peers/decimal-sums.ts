import type { DecimalValue } from './load-decimal.js';
import type { ReadyTrade, SimpleSums } from '../naive/simple-sums.js';

/** Exact sums with a decimal library, as its users write them. */
export function decimalSums(zero: DecimalValue, trades: readonly ReadyTrade<DecimalValue>[]): SimpleSums<DecimalValue> {
  const open = trades[0]!.price;
  let [high, low, close] = [open, open, open];
  let [volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume] = [zero, zero, zero, zero];
  for (const { price, quantity, bought } of trades) {
    if (price.greaterThan(high)) high = price;
    if (price.lessThan(low)) low = price;
    close = price;
    const product = price.times(quantity);
    volume = volume.plus(quantity);
    quoteVolume = quoteVolume.plus(product);
    if (!bought) continue;
    takerBuyVolume = takerBuyVolume.plus(quantity);
    takerBuyQuoteVolume = takerBuyQuoteVolume.plus(product);
  }
  return { open, high, low, close, volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume };
}
