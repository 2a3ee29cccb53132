import { decimalText } from '../decimals.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Instrument } from '../market/market.js';
import { requestUrl, type RestRequest, type RestResponse } from '../venue-core.js';
import { restAggTrades } from './agg-trades.js';
import { fixedDecimal, fixedSum } from './decimals.js';
import { restKlines } from './klines.js';
import type { BinanceLimits } from './limits.js';
import { RestError, RestQuery } from './rest-query.js';
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

/** `GET /api/v3/trades`: the latest ones, the oldest first. */
function restTrades(query: RestQuery): string {
  return latest(query.symbol(), query.limit());
}

/** `GET /api/v3/historicalTrades`: from an id on; without one the latest. */
function restHistoricalTrades(query: RestQuery): string {
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

/** `GET /api/v3/exchangeInfo`: what is traded, in which steps, and which limit of weight holds. */
function restExchangeInfo(query: RestQuery, venueTimeMs: number, limits: BinanceLimits): string {
  const minutes = limits.requestWeightWindowMs % 60_000 === 0;
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: venueTimeMs,
    rateLimits: [
      {
        rateLimitType: 'REQUEST_WEIGHT',
        interval: minutes ? 'MINUTE' : 'SECOND',
        intervalNum: limits.requestWeightWindowMs / (minutes ? 60_000 : 1_000),
        limit: limits.requestWeight,
      },
    ],
    exchangeFilters: [],
    symbols: query.symbols().map(({ instrument }) => symbolInfo(instrument)),
  });
}

function symbolInfo({ symbol, base, quote, priceDecimals, quantityDecimals }: Instrument): object {
  const tick = step(priceDecimals);
  const lot = step(quantityDecimals);
  return {
    symbol,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    isSpotTradingAllowed: true,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '1000000.00000000', tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: lot, maxQty: '92141578736.00000000', stepSize: lot },
    ],
  };
}

/** One unit with these decimals, printed with eight digits: 2 is `0.01000000`. */
function step(decimals: number): string {
  const text = decimalText(1n, decimals);
  return text.includes('.') ? text.padEnd(10, '0') : `${text}.00000000`;
}
