/** What Binance says of markets, as far as a client needs it: all are quoted in USDT. */
export function exchangeInfo(names: readonly string[]): string {
  const step = '0.00000001';
  return JSON.stringify({
    symbols: names.map((symbol) => ({
      ...{ symbol, status: 'TRADING', baseAsset: symbol.replace(/USDT$/, ''), quoteAsset: 'USDT' },
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: step },
        { filterType: 'LOT_SIZE', stepSize: step },
      ],
    })),
  });
}
