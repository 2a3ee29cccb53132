import type { Ledger } from '../ledger/ledger.js';
import { requestUrl, type RestRequest, type RestResponse } from '../venue-core.js';
import { restAggTrades } from './agg-trades.js';
import { restKlines } from './klines.js';
import type { BinanceLimits } from './limits.js';
import { restExchangeInfo } from './rest-exchange-info.js';
import { RestError, RestQuery } from './rest-query.js';
import { restHistoricalTrades, restTrades } from './rest-trades.js';
import { WeightLimiter } from './weight-limiter.js';

interface Endpoint {
  readonly weight: number;
  answer(query: RestQuery, venueTimeMs: number, limits: BinanceLimits): string;
}

const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  ['/api/v3/ping', { weight: 1, answer: () => '{}' }],
  ['/api/v3/time', { weight: 1, answer: (_query: RestQuery, venueTimeMs: number) => JSON.stringify({ serverTime: venueTimeMs }) }],
  ['/api/v3/exchangeInfo', { weight: 20, answer: restExchangeInfo }],
  ['/api/v3/trades', { weight: 25, answer: restTrades }],
  ['/api/v3/historicalTrades', { weight: 25, answer: restHistoricalTrades }],
  ['/api/v3/aggTrades', { weight: 4, answer: restAggTrades }],
  ['/api/v3/klines', { weight: 2, answer: restKlines }],
]);

/** The market data part of Binance's REST API, with its weights. Every request counts, also one that is refused. */
export class BinanceRest {
  readonly #ledger: Ledger;
  readonly #limits: BinanceLimits;
  readonly #weights: WeightLimiter;

  constructor(ledger: Ledger, limits: BinanceLimits) {
    this.#ledger = ledger;
    this.#limits = limits;
    this.#weights = new WeightLimiter(limits);
  }

  answer({ method, url, clientIp }: RestRequest, nowMs: number, venueTimeMs: number): RestResponse {
    const parsed = requestUrl(url);
    const endpoint = endpoints.get(parsed?.pathname ?? '');
    const verdict = this.#weights.use(clientIp, endpoint?.weight ?? 1, nowMs);
    const headers = { 'content-type': 'application/json;charset=UTF-8', 'x-mbx-used-weight-1m': String(verdict.usedWeight) };
    if (verdict.status !== 200) {
      const retryAfter = String(Math.max(1, Math.ceil((verdict.retryAtMs - nowMs) / 1_000)));
      const body = errorBody(-1003, verdict.status === 429 ? this.#tooMany(clientIp) : banned(clientIp, verdict.retryAtMs));
      return { status: verdict.status, headers: { ...headers, 'retry-after': retryAfter }, body };
    }
    try {
      if (parsed === null || endpoint === undefined) throw new RestError(-1000, 'Not found', 404);
      if (method !== 'GET') throw new RestError(-1000, `Request method '${method}' is not supported.`, 405);
      return { status: 200, headers, body: endpoint.answer(new RestQuery(parsed.searchParams, this.#ledger), venueTimeMs, this.#limits) };
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      return { status: error.status, headers, body: errorBody(error.code, error.message) };
    }
  }

  #tooMany(clientIp: string): string {
    const { requestWeight, requestWeightWindowMs } = this.#limits;
    return `Too much request weight used; current limit of IP(${clientIp}) is ${requestWeight} REQUEST_WEIGHT per ${requestWeightWindowMs / 1_000} seconds.`;
  }
}

function banned(clientIp: string, untilMs: number): string {
  return `Way too much request weight used; IP(${clientIp}) banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`;
}

function errorBody(code: number, msg: string): string {
  return JSON.stringify({ code, msg });
}

/** A refusal that no limit of ours has caused: by a fault plan. The code of a 5xx is unsure. */
export function restRefusal(status: number, retryAfterMs: number | null): RestResponse {
  const limited = status === 429 || status === 418;
  return {
    status,
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      ...(retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
    },
    body: JSON.stringify(limited ? { code: -1003, msg: 'Too many requests.' } : { code: -1000, msg: 'An unknown error occurred.' }),
  };
}
