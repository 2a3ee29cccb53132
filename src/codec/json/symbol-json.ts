import type { StoredSymbol } from '../../domain/ports/reader.js';
import { formatUs, type JsonTime, type TimeFormat } from './time.js';

/** A market with stored trades in public form. */
export interface SymbolJson {
  exchange: string;
  symbol: string;
  trades: number;
  first_time: JsonTime;
  last_time: JsonTime;
}

export function symbolJson(stored: StoredSymbol, timeFormat: TimeFormat): SymbolJson {
  return {
    exchange: stored.exchange,
    symbol: stored.symbol,
    trades: stored.trades,
    first_time: formatUs(stored.firstTime, 6, timeFormat),
    last_time: formatUs(stored.lastTime, 6, timeFormat),
  };
}
