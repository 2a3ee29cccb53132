import { isoTime } from '../iso-time.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { printUnits } from '../print-units.js';

const LIMIT_MAX = 1_000;
const DIGITS = 8;

type TradePage = { readonly body: string; readonly headers: Readonly<Record<string, string>> } | { readonly complaint: string };

/**
 * `GET /products/{id}/trades`: the newest first. `after` asks for older trades than an id, `before` for newer ones, and gives
 * the newest of those, not the next ones. The headers name the ids to go on from: CB-BEFORE the newest, CB-AFTER the oldest.
 * Unsure: that `before` skips, the eight digits, and that a limit above the maximum is cut down and not refused.
 */
export function restTrades({ trades, instrument }: SymbolLedger, query: URLSearchParams): TradePage {
  const limit = wholeNumber(query, 'limit') ?? LIMIT_MAX;
  const after = wholeNumber(query, 'after');
  const before = wholeNumber(query, 'before');
  if (limit === 'bad' || limit < 1) return { complaint: 'Invalid limit' };
  if (after === 'bad' || before === 'bad') return { complaint: 'Invalid cursor' };

  const end = after === null ? trades.length : trades.firstRowFrom(after);
  const oldest = before === null ? 0 : trades.firstRowFrom(before + 1);
  const first = Math.max(oldest, end - Math.min(limit, LIMIT_MAX));
  const price = printUnits(instrument.priceDecimals, DIGITS);
  const size = printUnits(instrument.quantityDecimals, DIGITS);
  const rows: object[] = [];
  for (let row = end - 1; row >= first; row--) {
    rows.push({
      time: isoTime(trades.timeUs(row)),
      trade_id: trades.id(row),
      price: price(trades.price(row)),
      size: size(trades.quantity(row)),
      // The maker's, here too.
      side: trades.takerBuys(row) ? 'sell' : 'buy',
    });
  }
  const cursors = rows.length === 0 ? {} : { 'cb-before': String(trades.id(end - 1)), 'cb-after': String(trades.id(first)) };
  return { body: JSON.stringify(rows), headers: cursors };
}

function wholeNumber(query: URLSearchParams, name: string): number | null | 'bad' {
  const text = query.get(name);
  if (text === null) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : 'bad';
}
