import { isRepaired, SIDE } from '../../../../src/domain/trade-block.js';
import { ArrowRows, type ArrowColumns } from './arrow-rows.js';
import type { StoredTrade } from './trade-table.js';

const TEXT = 'Dictionary<Int32, Utf8>';
const DECIMAL = 'Decimal[38e+12]';
const COLUMNS: ArrowColumns = {
  ...{ exchange: 'Dictionary<Int8, Utf8>', symbol: TEXT, trade_id: 'Uint64', price: DECIMAL, quantity: DECIMAL, side: 'Int8' },
  ...{ event_time: 'Timestamp<MICROSECOND, UTC>', receive_time: 'Timestamp<NANOSECOND, UTC>' },
  ...{ sequence: 'Uint64', connection_id: 'Uint64', origin: 'Int8' },
};

export interface TradeOfMarket {
  readonly exchange: string;
  readonly symbol: string;
  readonly trade: StoredTrade;
}

/** Rows of `trades_data` in a batch of Arrow. */
export function decodeTrades(bytes: Uint8Array): TradeOfMarket[] {
  const rows = new ArrowRows(bytes, COLUMNS);
  const exchanges = rows.texts('exchange');
  const symbols = rows.texts('symbol');
  const ids = rows.integers('trade_id');
  const prices = rows.decimals('price');
  const quantities = rows.decimals('quantity');
  const sides = rows.integers('side');
  const times = rows.integers('event_time');
  const receiveTimes = rows.bigints('receive_time');
  const sequences = rows.integers('sequence');
  const connections = rows.integers('connection_id');
  const origins = rows.integers('origin');
  return ids.map((id, row) => ({
    exchange: exchanges[row]!,
    symbol: symbols[row]!,
    trade: {
      ...{ id, price: prices[row]!, quantity: quantities[row]!, side: sides[row]!, time: times[row]! },
      ...{ receiveTime: receiveTimes[row]!, sequence: sequences[row]!, connectionId: connections[row]!, origin: origins[row]! },
      ...{ bought: sides[row] === SIDE.buy, repaired: isRepaired(origins[row]!) },
    },
  }));
}
