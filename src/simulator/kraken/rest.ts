import { decimalText, printUnits } from '../decimals.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Instrument } from '../market/market.js';
import { RateLimiter } from '../rate-limiter.js';
import { requestUrl, type RestRequest, type RestResponse } from '../venue-core.js';
import type { KrakenLimits } from './limits.js';
import { orderTypeOf, tradeTimeNs } from './trade-details.js';

interface Pair {
  readonly names: PairNames;
  readonly ledger: SymbolLedger;
}

/**
 * The public part of Kraken's REST API: pairs, trades, time. Errors come with status 200. Unsure: how exactly "about one call
 * a second" is counted, and whether a pair may also be asked for by its name in WebSocket v2 (here: no).
 */
export class KrakenRest {
  readonly #pairs: readonly Pair[];
  readonly #byName: ReadonlyMap<string, Pair>;
  readonly #requests: RateLimiter;

  constructor(ledger: Ledger, limits: KrakenLimits) {
    this.#pairs = ledger.symbols().map((symbol) => {
      const found = ledger.find(symbol)!;
      return { names: pairNames(found.instrument), ledger: found };
    });
    this.#byName = new Map(
      this.#pairs.flatMap((pair) => [pair.names.key, pair.names.altname, pair.names.wsname].map((name) => [name, pair])),
    );
    this.#requests = new RateLimiter(limits.restRequests, limits.restWindowMs);
  }

  answer({ url, clientIp }: RestRequest, nowMs: number, venueTimeMs: number): RestResponse {
    const parsed = requestUrl(url);
    const query = parsed?.searchParams ?? new URLSearchParams();
    const pair = this.#byName.get(query.get('pair') ?? '');
    if (this.#requests.attempt(`${clientIp} ${pair?.names.key ?? ''}`, nowMs) > 0) return restErrors('EGeneral:Too many requests');
    switch (parsed?.pathname ?? '') {
      case '/0/public/Time':
        return restBody(
          JSON.stringify({
            error: [],
            result: { unixtime: Math.floor(venueTimeMs / 1_000), rfc1123: new Date(venueTimeMs).toUTCString() },
          }),
        );
      case '/0/public/AssetPairs': {
        const names = query.get('pair')?.split(',') ?? this.#pairs.map((entry) => entry.names.key);
        if (!names.every((name) => this.#byName.has(name))) return restErrors('EQuery:Unknown asset pair');
        const wanted = names.map((name) => this.#byName.get(name)!);
        const result = Object.fromEntries(wanted.map((entry) => [entry.names.key, assetPair(entry)]));
        return restBody(JSON.stringify({ error: [], result }));
      }
      case '/0/public/Trades': {
        if (pair === undefined) return restErrors(query.has('pair') ? 'EQuery:Unknown asset pair' : 'EGeneral:Invalid arguments');
        const page = restTrades(pair.ledger, pair.names.key, query);
        return page === null ? restErrors('EGeneral:Invalid arguments') : restBody(page);
      }
      default:
        return restErrors('EGeneral:Unknown method');
    }
  }
}

export function restErrors(error: string, status = 200, retryAfterMs: number | null = null): RestResponse {
  const retryAfter = retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
  return {
    ...restBody(JSON.stringify({ error: [error] }), status),
    headers: { 'content-type': 'application/json; charset=utf-8', ...retryAfter },
  };
}

function restBody(body: string, status = 200): RestResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}

/** {"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,..,"tick_size":"0.1","status":"online"} (docs) */
function assetPair({ names, ledger: { instrument } }: Pair): object {
  const { altname, wsname, base, quote } = names;
  return {
    altname,
    wsname,
    aclass_base: 'currency',
    base,
    aclass_quote: 'currency',
    quote,
    lot: 'unit',
    cost_decimals: 5,
    pair_decimals: instrument.priceDecimals,
    lot_decimals: instrument.quantityDecimals,
    lot_multiplier: 1,
    ordermin: decimalText(1n, instrument.quantityDecimals),
    costmin: '0.5',
    tick_size: decimalText(1n, instrument.priceDecimals),
    status: 'online',
  };
}

const COUNT_MAX = 1_000;

/**
 * `GET /0/public/Trades`: after a time in nanoseconds, which is not included; without one the latest. The oldest come first, and
 * `last` is what to ask for next. Null when a parameter makes no sense. Unsure: what `last` is when there is nothing new.
 *
 * {"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]],"last":"1688671969993150842"}} (docs)
 */
function restTrades({ trades, instrument }: SymbolLedger, key: string, query: URLSearchParams): string | null {
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

/** What the REST API calls a pair that WebSocket v2 calls `BTC/USD`. */
interface PairNames {
  /** The key of results: `XXBTZUSD`. */
  readonly key: string;
  /** `XBTUSD` */
  readonly altname: string;
  /** `XBT/USD`: the name of WebSocket v1, not of v2. */
  readonly wsname: string;
  /** `XXBT` */
  readonly base: string;
  /** `ZUSD` */
  readonly quote: string;
}

/** Assets with names of their own: the short one, and the one with a letter for its class. */
const LEGACY: Readonly<Record<string, { readonly short: string; readonly full: string }>> = {
  BTC: { short: 'XBT', full: 'XXBT' },
  DOGE: { short: 'XDG', full: 'XXDG' },
  ETH: { short: 'ETH', full: 'XETH' },
  LTC: { short: 'LTC', full: 'XLTC' },
  XRP: { short: 'XRP', full: 'XXRP' },
  USD: { short: 'USD', full: 'ZUSD' },
  EUR: { short: 'EUR', full: 'ZEUR' },
};

/** The key of DOGE's pairs is without the letters, unlike those of its age. Other exceptions are unsure. */
const SHORT_KEY = 'DOGE';

function pairNames({ base, quote }: Instrument): PairNames {
  const baseNames = LEGACY[base] ?? { short: base, full: base };
  const quoteNames = LEGACY[quote] ?? { short: quote, full: quote };
  const altname = baseNames.short + quoteNames.short;
  const longKey = LEGACY[base] !== undefined && LEGACY[quote] !== undefined && base !== SHORT_KEY;
  return {
    key: longKey ? baseNames.full + quoteNames.full : altname,
    altname,
    wsname: `${baseNames.short}/${quoteNames.short}`,
    base: baseNames.full,
    quote: quoteNames.full,
  };
}
