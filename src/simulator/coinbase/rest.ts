import { decimalText, printUnits } from '../decimals.js';
import { isoTime } from '../iso-time.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Instrument } from '../market/market.js';
import { RateLimiter } from '../rate-limiter.js';
import { requestUrl, type RestRequest, type RestResponse } from '../venue-core.js';
import type { CoinbaseLimits } from './limits.js';

const TYPE = { 'content-type': 'application/json; charset=utf-8' };

/**
 * The market data part of Coinbase Exchange's REST API: products and trades. Unsure: the words of errors, and that 429
 * comes without Retry-After.
 */
export class CoinbaseRest {
  readonly #ledger: Ledger;
  readonly #requests: RateLimiter;

  constructor(ledger: Ledger, limits: CoinbaseLimits) {
    this.#ledger = ledger;
    this.#requests = new RateLimiter(limits.restRequestsPerSecond, 1_000);
  }

  answer({ method, url, clientIp }: RestRequest, nowMs: number, venueTimeMs: number): RestResponse {
    if (this.#requests.attempt(clientIp, nowMs) > 0) return restMessage(429, 'Public rate limit exceeded');
    if (method !== 'GET') return restMessage(405, 'Method Not Allowed');
    const parsed = requestUrl(url);
    const [root, product, leaf, ...more] = (parsed?.pathname ?? '').split('/').slice(1);
    if (parsed === null || more.length > 0) return restMessage(404, 'NotFound');
    if (root === 'time' && product === undefined)
      return ok(JSON.stringify({ iso: new Date(venueTimeMs).toISOString(), epoch: venueTimeMs / 1_000 }));
    if (root !== 'products') return restMessage(404, 'NotFound');
    if (product === undefined) return ok(JSON.stringify(this.#all().map(({ instrument }) => productOf(instrument))));
    const entry = this.#ledger.find(product);
    if (entry === undefined) return restMessage(404, 'NotFound');
    if (leaf === undefined) return ok(JSON.stringify(productOf(entry.instrument)));
    if (leaf !== 'trades') return restMessage(404, 'NotFound');
    const page = restTrades(entry, parsed.searchParams);
    return 'complaint' in page ? restMessage(400, page.complaint) : ok(page.body, page.headers);
  }

  #all(): readonly SymbolLedger[] {
    return this.#ledger.symbols().map((symbol) => this.#ledger.find(symbol)!);
  }
}

/** How this API says that something is wrong. */
export function restMessage(status: number, message: string, retryAfterMs: number | null = null): RestResponse {
  const retryAfter = retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
  return { status, headers: { ...TYPE, ...retryAfter }, body: JSON.stringify({ message }) };
}

function ok(body: string, headers: Readonly<Record<string, string>> = {}): RestResponse {
  return { status: 200, headers: { ...TYPE, ...headers }, body };
}

/** {"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","base_increment":"0.00000001",..,"status":"online"} (docs) */
function productOf({ symbol, base, quote, priceDecimals, quantityDecimals }: Instrument): object {
  return {
    id: symbol,
    base_currency: base,
    quote_currency: quote,
    quote_increment: decimalText(1n, priceDecimals),
    base_increment: decimalText(1n, quantityDecimals),
    display_name: symbol,
    min_market_funds: '1',
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: 'online',
    status_message: '',
    trading_disabled: false,
  };
}

const LIMIT_MAX = 1_000;
const DIGITS = 8;
type TradePage = { readonly body: string; readonly headers: Readonly<Record<string, string>> } | { readonly complaint: string };

/**
 * `GET /products/{id}/trades`: the newest first. `after` asks for older trades than an id, `before` for newer ones, and gives
 * the newest of those, not the next ones. The headers name the ids to go on from: CB-BEFORE the newest, CB-AFTER the oldest.
 * Unsure: that `before` skips, the eight digits, and that a limit above the maximum is cut down and not refused.
 */
function restTrades({ trades, instrument }: SymbolLedger, query: URLSearchParams): TradePage {
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
