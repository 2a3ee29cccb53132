import type { ModelledSymbol } from '../market/modelled-symbols.js';

/** Five pairs that differ in what hurts: rate, decimals, names that the REST API changes, and silence. */
export const defaultPairs: readonly ModelledSymbol[] = [
  {
    symbol: 'BTC/USD',
    base: 'BTC',
    quote: 'USD',
    priceDecimals: 1,
    quantityDecimals: 8,
    startPrice: 650_836,
    typicalQuantity: 43_000,
    activity: { share: 0.4 },
  },
  {
    symbol: 'ETH/USD',
    base: 'ETH',
    quote: 'USD',
    priceDecimals: 2,
    quantityDecimals: 8,
    startPrice: 268_380,
    typicalQuantity: 900_000,
    activity: { share: 0.3 },
  },
  {
    symbol: 'SOL/USD',
    base: 'SOL',
    quote: 'USD',
    priceDecimals: 2,
    quantityDecimals: 8,
    startPrice: 15_532,
    typicalQuantity: 12_000_000,
    activity: { share: 0.2 },
  },
  // REST calls it XDG; prices have seven digits.
  {
    symbol: 'DOGE/USD',
    base: 'DOGE',
    quote: 'USD',
    priceDecimals: 7,
    quantityDecimals: 8,
    startPrice: 1_078_541,
    typicalQuantity: 15_000_000_000,
    activity: { share: 0.1 },
  },
  // Whole minutes pass without a trade: silence is not loss.
  {
    symbol: 'QUIET/USD',
    base: 'QUIET',
    quote: 'USD',
    priceDecimals: 4,
    quantityDecimals: 5,
    startPrice: 12_345,
    typicalQuantity: 500_000,
    activity: { tradesPerSecond: 0.02 },
  },
];
