import type { TradeRow } from '../../domain/ports/reader.js';
import { formatNs, formatUs, type JsonTime, type TimeFormat } from './time.js';

/** A trade in public form: decimals and ids are strings, decimals without trailing zeros. */
export interface TradeJson {
  exchange: string;
  symbol: string;
  trade_id: string;
  price: string;
  quantity: string;
  side: TradeRow['side'];
  /** us. */
  event_time: JsonTime;
  /** ns. */
  receive_time: JsonTime;
  sequence: string | null;
  connection_id: string;
  origin: TradeRow['origin'];
}

/** The fields of TradeJson in their order. */
export const TRADE_FIELDS = [
  'exchange',
  'symbol',
  'trade_id',
  'price',
  'quantity',
  'side',
  'event_time',
  'receive_time',
  'sequence',
  'connection_id',
  'origin',
] as const satisfies readonly (keyof TradeJson)[];

export function tradeJson(row: TradeRow, timeFormat: TimeFormat): TradeJson {
  return {
    exchange: row.exchange,
    symbol: row.symbol,
    trade_id: row.tradeId,
    price: row.price,
    quantity: row.quantity,
    side: row.side,
    event_time: formatUs(row.eventTime, 6, timeFormat),
    receive_time: formatNs(row.receiveTime, 9, timeFormat),
    sequence: row.sequence,
    connection_id: row.connectionId,
    origin: row.origin,
  };
}
