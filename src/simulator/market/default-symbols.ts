import type { ModelledSymbol } from './modelled-symbol.js';

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
