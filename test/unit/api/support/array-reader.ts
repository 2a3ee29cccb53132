import type { Candle } from '../../../../src/domain/candle.js';
import type { CandleQuery, Reader, StoredSymbol, TradeQuery, TradeRow } from '../../../../src/domain/ports/reader.js';

/** A Reader over arrays, which may grow, or be others, while it is read. */
export class ArrayReader implements Reader {
  constructor(
    public storedCandles: Candle[] = [],
    public storedTrades: TradeRow[] = [],
  ) {}

  candles(query: CandleQuery): Promise<Candle[]> {
    const { exchange, symbol, interval, range } = query;
    const found = this.storedCandles
      .filter((candle) => candle.exchange === exchange && candle.symbol === symbol && candle.interval === interval)
      .filter(({ openTime }) => openTime >= range.from && openTime < range.to)
      .sort((a, b) => a.openTime - b.openTime);
    return Promise.resolve(part(found, query));
  }

  trades(query: TradeQuery): Promise<TradeRow[]> {
    const { exchange, symbol, range, after, before } = query;
    const found = this.storedTrades
      .filter((trade) => trade.exchange === exchange && trade.symbol === symbol)
      .filter(({ eventTime }) => eventTime >= range.from && eventTime < range.to)
      .filter((trade) => after === undefined || byTimeThenId(trade, after) > 0)
      .filter((trade) => before === undefined || byTimeThenId(trade, before) < 0)
      .sort(byTimeThenId);
    return Promise.resolve(part(found, query));
  }

  symbols(): Promise<StoredSymbol[]> {
    const found = new Map<string, StoredSymbol>();
    for (const { exchange, symbol, eventTime } of this.storedTrades) {
      const key = `${exchange}:${symbol}`;
      const known = found.get(key) ?? { exchange, symbol, trades: 0, firstTime: eventTime, lastTime: eventTime };
      found.set(key, {
        ...known,
        trades: known.trades + 1,
        firstTime: Math.min(known.firstTime, eventTime),
        lastTime: Math.max(known.lastTime, eventTime),
      });
    }
    return Promise.resolve([...found.values()]);
  }
}

type Key = Pick<TradeRow, 'eventTime' | 'tradeId'>;

function byTimeThenId(a: Key, b: Key): number {
  return a.eventTime - b.eventTime || (BigInt(a.tradeId) < BigInt(b.tradeId) ? -1 : Number(a.tradeId !== b.tradeId));
}

function part<Row>(rows: Row[], { limit, newest }: { readonly limit: number; readonly newest?: true }): Row[] {
  return newest === true ? rows.slice(-limit) : rows.slice(0, limit);
}
