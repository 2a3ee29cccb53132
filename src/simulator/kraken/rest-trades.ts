import { printUnits } from '../decimals.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { orderTypeOf, tradeTimeNs } from './trade-details.js';

const COUNT_MAX = 1_000;

/**
 * `GET /0/public/Trades`: after a time in nanoseconds, which is not included; without one the latest. The oldest come first, and
 * `last` is what to ask for next. Null when a parameter makes no sense. Unsure: what `last` is when there is nothing new.
 *
 * {"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]],"last":"1688671969993150842"}} (docs)
 */
export function restTrades({ trades, instrument }: SymbolLedger, key: string, query: URLSearchParams): string | null {
  const since = query.get('since');
  const count = query.get('count') ?? String(COUNT_MAX);
  if (!/^[1-9]\d{0,5}$/.test(count) || (since !== null && !/^\d{1,19}$/.test(since))) return null;
  const rows = Math.min(Number(count), COUNT_MAX);

  let first = Math.max(0, trades.length - rows);
  if (since !== null) {
    const sinceNs = BigInt(since);
    first = trades.firstRowAt(Number(sinceNs / 1_000n));
    while (first < trades.length && tradeTimeNs(trades, first) <= sinceNs) first++;
  }
  const end = Math.min(trades.length, first + rows);
  const price = printUnits(instrument.priceDecimals, Math.max(5, instrument.priceDecimals));
  const quantity = printUnits(instrument.quantityDecimals, Math.max(8, instrument.quantityDecimals));
  const printed: string[] = [];
  for (let row = first; row < end; row++) {
    const id = trades.id(row);
    const time = Number(tradeTimeNs(trades, row)) / 1e9;
    printed.push(
      `["${price(trades.price(row))}","${quantity(trades.quantity(row))}",${time},"${trades.takerBuys(row) ? 'b' : 's'}",` +
        `"${orderTypeOf(id).charAt(0)}","",${id}]`,
    );
  }
  const last = end > first ? tradeTimeNs(trades, end - 1) : (since ?? '0');
  return `{"error":[],"result":{"${key}":[${printed.join(',')}],"last":"${last.toString()}"}}`;
}
