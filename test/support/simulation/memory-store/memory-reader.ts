import type { Candle } from '../../../../src/domain/candle.js';
import type { CandleQuery, Reader, StoredSymbol, TradeQuery, TradeRow } from '../../../../src/domain/ports/reader.js';
import { ORIGINS, SIDES } from '../../../../src/domain/trade-block.js';
import { candleOf } from './candle-of.js';
import type { MemoryTables } from './memory-tables.js';
import type { StoredTrade } from './trade-table.js';

const SECOND_US = 1_000_000;
const DIGITS = 12;

/** Reads the tables in memory as people do. */
export class MemoryReader implements Reader {
  constructor(readonly tables: MemoryTables) {}

  candles({ exchange, symbol, interval, range, limit, newest }: CandleQuery): Promise<Candle[]> {
    const from = Math.ceil(range.from / SECOND_US) * SECOND_US;
    const to = Math.ceil(range.to / SECOND_US) * SECOND_US;
    const rows = this.tables.candles.get(`${exchange} ${symbol} ${interval}`)?.between(from, to) ?? [];
    return Promise.resolve(cut(rows, limit, newest).map((row) => candleOf(exchange, symbol, interval, row)));
  }

  trades({ exchange, symbol, range, after, before, limit, newest }: TradeQuery): Promise<TradeRow[]> {
    const rows = (this.tables.trades.get(`${exchange} ${symbol}`)?.between(range.from, range.to) ?? []).filter(
      (row) => (after === undefined || isAfter(row, after)) && (before === undefined || isBefore(row, before)),
    );
    return Promise.resolve(cut(rows, limit, newest).map((row) => rowOf(exchange, symbol, row)));
  }

  symbols(): Promise<StoredSymbol[]> {
    const symbols = [...this.tables.trades].map(([key, { byId }]): StoredSymbol => {
      const [exchange, symbol] = key.split(' ') as [string, string];
      const times = [...byId.values()].map(({ time }) => time);
      const [firstTime, lastTime] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
      return { exchange, symbol, trades: byId.size, firstTime, lastTime };
    });
    return Promise.resolve(symbols.sort((a, b) => (`${a.exchange} ${a.symbol}` < `${b.exchange} ${b.symbol}` ? -1 : 1)));
  }
}

interface Place {
  readonly eventTime: number;
  readonly tradeId: string;
}

function isAfter({ time, id }: StoredTrade, { eventTime, tradeId }: Place): boolean {
  return time > eventTime || (time === eventTime && id > Number(tradeId));
}

function isBefore({ time, id }: StoredTrade, { eventTime, tradeId }: Place): boolean {
  return time < eventTime || (time === eventTime && id < Number(tradeId));
}

function cut<T>(rows: readonly T[], limit: number, newest: true | undefined): T[] {
  return newest === true ? rows.slice(Math.max(0, rows.length - limit)) : rows.slice(0, limit);
}

function rowOf(exchange: string, symbol: string, trade: StoredTrade): TradeRow {
  return {
    ...{ exchange, symbol, tradeId: String(trade.id), price: decimalText(trade.price), quantity: decimalText(trade.quantity) },
    ...{ side: SIDES[trade.side]!, eventTime: trade.time, receiveTime: trade.receiveTime },
    ...{ sequence: trade.sequence < 0 ? null : String(trade.sequence), connectionId: String(trade.connectionId) },
    origin: ORIGINS[trade.origin]!,
  };
}

/** Units of 10^-12 as plain text without trailing zeros. */
function decimalText(units: bigint): string {
  const digits = units.toString().padStart(DIGITS + 1, '0');
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`.replace(/\.?0+$/, '');
}
