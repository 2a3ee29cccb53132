import type { ModelledSymbol } from '../market/modelled-symbols.js';

/** Five products that differ in what hurts: rate, decimals, the size of the numbers, and silence. */
export const defaultProducts: readonly ModelledSymbol[] = [
  {
    symbol: 'BTC-USD',
    base: 'BTC',
    quote: 'USD',
    priceDecimals: 2,
    quantityDecimals: 8,
    startPrice: 6_508_367,
    typicalQuantity: 43_000,
    activity: { share: 0.4 },
  },
  {
    symbol: 'ETH-USD',
    base: 'ETH',
    quote: 'USD',
    priceDecimals: 2,
    quantityDecimals: 8,
    startPrice: 268_380,
    typicalQuantity: 900_000,
    activity: { share: 0.3 },
  },
  {
    symbol: 'SOL-USD',
    base: 'SOL',
    quote: 'USD',
    priceDecimals: 2,
    quantityDecimals: 8,
    startPrice: 15_532,
    typicalQuantity: 12_000_000,
    activity: { share: 0.2 },
  },
  // Whole quantities, and the smallest tick.
  {
    symbol: 'PEPE-USD',
    base: 'PEPE',
    quote: 'USD',
    priceDecimals: 8,
    quantityDecimals: 0,
    startPrice: 812,
    typicalQuantity: 1_500_000,
    activity: { share: 0.1 },
  },
  // Whole minutes pass without a trade: silence is not loss.
  {
    symbol: 'QUIET-USD',
    base: 'QUIET',
    quote: 'USD',
    priceDecimals: 4,
    quantityDecimals: 1,
    startPrice: 12_345,
    typicalQuantity: 50,
    activity: { tradesPerSecond: 0.02 },
  },
];
