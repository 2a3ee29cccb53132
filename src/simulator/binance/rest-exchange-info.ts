import { decimalText } from '../decimals.js';
import type { Instrument } from '../market/market.js';
import type { BinanceLimits } from './limits.js';
import type { RestQuery } from './rest-query.js';

/** `GET /api/v3/exchangeInfo`: what is traded, in which steps, and which limit of weight holds. */
export function restExchangeInfo(query: RestQuery, venueTimeMs: number, limits: BinanceLimits): string {
  const minutes = limits.requestWeightWindowMs % 60_000 === 0;
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: venueTimeMs,
    rateLimits: [
      {
        rateLimitType: 'REQUEST_WEIGHT',
        interval: minutes ? 'MINUTE' : 'SECOND',
        intervalNum: limits.requestWeightWindowMs / (minutes ? 60_000 : 1_000),
        limit: limits.requestWeight,
      },
    ],
    exchangeFilters: [],
    symbols: query.symbols().map(({ instrument }) => symbolInfo(instrument)),
  });
}

function symbolInfo({ symbol, base, quote, priceDecimals, quantityDecimals }: Instrument): object {
  const tick = step(priceDecimals);
  const lot = step(quantityDecimals);
  return {
    symbol,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    isSpotTradingAllowed: true,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '1000000.00000000', tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: lot, maxQty: '92141578736.00000000', stepSize: lot },
    ],
  };
}

/** One unit with these decimals, printed with eight digits: 2 is `0.01000000`. */
function step(decimals: number): string {
  const text = decimalText(1n, decimals);
  return text.includes('.') ? text.padEnd(10, '0') : `${text}.00000000`;
}
