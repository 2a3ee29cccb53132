import { formatDecimal, SCALE } from '../../domain/decimal.js';
import type { Reject } from '../../domain/reject.js';
import type { SymbolTable } from '../../domain/symbol-table.js';
import type { FarTrade } from '../../streams/far-ids.js';

/** The reject of a trade with an absurdly far id. The id does not count as covered: no trade of the market has it. */
export function farReject(
  { symbol, id, distance, eventTime, price, quantity, receiveTime }: FarTrade,
  symbols: SymbolTable,
  connectionId: number,
): Reject {
  const far = distance === Infinity ? 'larger than any first id can be' : `${distance} from the nearest one known`;
  const trade = { id, time_us: eventTime, price: formatDecimal(price, SCALE), quantity: formatDecimal(quantity, SCALE) };
  return {
    ...{ reason: 'absurd_id', detail: `trade id ${id}, ${far}`, exchange: symbols.exchange, symbol: symbols.nameOf(symbol) },
    ...{ receiveTime, connectionId, raw: JSON.stringify(trade) },
  };
}
