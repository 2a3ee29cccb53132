import type { Instrument } from './market.js';

/** An instrument with what the random market needs to know to trade it. */
export interface ModelledSymbol extends Instrument {
  /** Where the price starts, in units. */
  readonly startPrice: number;
  /** The smallest usual size, in units; sizes are this times a Pareto number. */
  readonly typicalQuantity: number;
  /** A share of the market's rate, or a rate of its own in trades per second. */
  readonly activity: { readonly share: number } | { readonly tradesPerSecond: number };
}

/** Five markets that differ in what hurts: rate, decimals, the size of the numbers, and silence. */
export const defaultSymbols: readonly ModelledSymbol[] = [
  {
    symbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    priceDecimals: 2,
    quantityDecimals: 5,
    startPrice: 6_183_763,
    typicalQuantity: 20,
    activity: { share: 0.4 },
  },
  {
    symbol: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    priceDecimals: 2,
    quantityDecimals: 4,
    startPrice: 268_380,
    typicalQuantity: 35,
    activity: { share: 0.3 },
  },
  {
    symbol: 'SOLUSDT',
    base: 'SOL',
    quote: 'USDT',
    priceDecimals: 2,
    quantityDecimals: 3,
    startPrice: 15_532,
    typicalQuantity: 120,
    activity: { share: 0.2 },
  },
  // The smallest tick and the largest numbers: quantities up to a thousand million.
  {
    symbol: 'PEPEUSDT',
    base: 'PEPE',
    quote: 'USDT',
    priceDecimals: 8,
    quantityDecimals: 0,
    startPrice: 812,
    typicalQuantity: 1_500_000,
    activity: { share: 0.1 },
  },
  // Whole minutes pass without a trade: silence is not loss.
  {
    symbol: 'QUIETUSDT',
    base: 'QUIET',
    quote: 'USDT',
    priceDecimals: 4,
    quantityDecimals: 1,
    startPrice: 12_345,
    typicalQuantity: 50,
    activity: { tradesPerSecond: 0.02 },
  },
];
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
