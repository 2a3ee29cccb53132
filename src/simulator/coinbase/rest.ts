import { decimalText } from '../decimal-text.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Instrument } from '../market/instrument.js';
import { RateLimiter } from '../rate-limiter.js';
import { requestUrl } from '../request-url.js';
import type { RestRequest, RestResponse } from '../venue-core.js';
import type { CoinbaseLimits } from './limits.js';
import { restTrades } from './rest-trades.js';

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
