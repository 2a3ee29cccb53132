import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { fixedDecimal, fixedSum } from './decimals.js';
import type { RestQuery } from './rest-query.js';

/** `GET /api/v3/trades`: the latest ones, the oldest first. */
export function restTrades(query: RestQuery): string {
  return latest(query.symbol(), query.limit());
}

/** `GET /api/v3/historicalTrades`: from an id on; without one the latest. */
export function restHistoricalTrades(query: RestQuery): string {
  const ledger = query.symbol();
  const limit = query.limit();
  const fromId = query.integer('fromId');
  if (fromId === null) return latest(ledger, limit);
  const row = ledger.trades.firstRowFrom(fromId);
  return page(ledger, row, Math.min(row + limit, ledger.trades.length));
}

function latest(ledger: SymbolLedger, limit: number): string {
  const { length } = ledger.trades;
  return page(ledger, Math.max(0, length - limit), length);
}

/** {"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.00001200","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true} (docs) */
function page({ trades, instrument }: SymbolLedger, firstRow: number, endRow: number): string {
  const printPrice = fixedDecimal(instrument.priceDecimals);
  const printQuantity = fixedDecimal(instrument.quantityDecimals);
  const quoteDecimals = instrument.priceDecimals + instrument.quantityDecimals;
  const rows: object[] = [];
  for (let row = firstRow; row < endRow; row++) {
    const price = trades.price(row);
    const quantity = trades.quantity(row);
    rows.push({
      id: trades.id(row),
      price: printPrice(price),
      qty: printQuantity(quantity),
      quoteQty: fixedSum(BigInt(price) * BigInt(quantity), quoteDecimals),
      time: Math.floor(trades.timeUs(row) / 1_000),
      isBuyerMaker: !trades.takerBuys(row),
      isBestMatch: true,
    });
  }
  return JSON.stringify(rows);
}
