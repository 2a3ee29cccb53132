import type { ModelledSymbol } from './modelled-symbol.js';

const QUOTE = 'USDT';
/** Prices from a hundredth to a thousand, so that no two neighbours look alike. */
const PRICES = [1_234, 98_765, 4_567_890, 31_415_926];

/** As many markets as are wanted, named `M1USDT` and so on as Binance would, all traded alike: what a client of very many is tried on. */
export function madeUpSymbols(count: number): ModelledSymbol[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ symbol: `M${index + 1}${QUOTE}`, base: `M${index + 1}`, quote: QUOTE },
    ...{ priceDecimals: 4, quantityDecimals: 2 },
    startPrice: PRICES[index % PRICES.length]!,
    typicalQuantity: 100,
    activity: { share: 1 },
  }));
}
