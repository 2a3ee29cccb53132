import { formatNs, formatUs } from '../../src/codec/json/time.js';
import { formatDecimal, SCALE } from '../../src/domain/decimal.js';
import { ORIGINS, SIDES, type TradeBlock } from '../../src/domain/trade-block.js';

/** Rows of `trades_data` as objects, for JSONEachRow. */
export function jsonRows(block: TradeBlock): object[] {
  return Array.from({ length: block.length }, (_, row) => ({
    exchange: block.symbols.exchange,
    symbol: block.symbols.nameOf(block.symbol[row]!),
    trade_id: String(block.id[row]!),
    price: formatDecimal(block.price(row), SCALE),
    quantity: formatDecimal(block.quantity(row), SCALE),
    side: SIDES[block.side[row]!],
    event_time: formatUs(block.eventTime[row]!, 6, 'rfc3339'),
    receive_time: formatNs(block.receiveTime[row]!, 9, 'rfc3339'),
    sequence: null,
    connection_id: String(block.connectionId),
    origin: ORIGINS[block.origin[row]!],
  }));
}
