import { decimalText } from '../decimals.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { RateLimiter } from '../rate-limiter.js';
import { requestUrl, type RestRequest, type RestResponse } from '../venue-core.js';
import type { KrakenLimits } from './limits.js';
import { type PairNames, pairNames } from './pair-names.js';
import { restTrades } from './rest-trades.js';

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
