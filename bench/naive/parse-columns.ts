import { SymbolTable } from '../../src/domain/symbol-table.js';
import { ORIGIN, SIDE, TradeBlock } from '../../src/domain/trade-block.js';
import { toSymbol } from '../../src/exchanges/binance/symbols.js';
import { parseTrade } from './parse-trade.js';

const ROWS_PER_BLOCK = 2_048;

/** JSON.parse of each message into the columns that the decoder fills, decimals exact, in the shortest way there is. Gives the last block. */
export function parseColumns(messages: readonly Buffer[], receiveTime: bigint): TradeBlock | undefined {
  const symbols = new SymbolTable('binance');
  const codes = new Map<string, number>();
  let last: TradeBlock | undefined;
  for (let from = 0; from < messages.length; from += ROWS_PER_BLOCK) {
    const block = new TradeBlock(symbols, 1, Math.min(ROWS_PER_BLOCK, messages.length - from));
    for (let row = 0; row < block.capacity; row++) {
      const trade = parseTrade(messages[from + row]!);
      let code = codes.get(trade.s);
      if (code === undefined) codes.set(trade.s, (code = symbols.codeOf(toSymbol(trade.s)!)));
      block.symbol[row] = code;
      block.id[row] = trade.t;
      block.eventTime[row] = trade.T * 1_000;
      const pricePoint = trade.p.indexOf('.');
      block.priceWhole[row] = Number(trade.p.slice(0, pricePoint));
      block.priceFraction[row] = Number(trade.p.slice(pricePoint + 1)) * 1e4;
      const quantityPoint = trade.q.indexOf('.');
      block.quantityWhole[row] = Number(trade.q.slice(0, quantityPoint));
      block.quantityFraction[row] = Number(trade.q.slice(quantityPoint + 1)) * 1e4;
      block.side[row] = trade.m ? SIDE.sell : SIDE.buy;
      block.receiveTime[row] = receiveTime;
      block.origin[row] = ORIGIN.live;
    }
    block.length = block.capacity;
    last = block;
  }
  return last;
}
