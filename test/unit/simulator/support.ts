import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { BinanceCore } from '../../../src/simulator/binance/binance-core.js';
import type { BinanceLimits } from '../../../src/simulator/binance/limits.js';
import { CoinbaseCore } from '../../../src/simulator/coinbase/coinbase-core.js';
import type { CoinbaseLimits } from '../../../src/simulator/coinbase/limits.js';
import { KrakenCore } from '../../../src/simulator/kraken/kraken-core.js';
import type { KrakenLimits } from '../../../src/simulator/kraken/limits.js';
import { RandomMarket } from '../../../src/simulator/market/random-market.js';
import type { ConnectionId, Outgoing, RestResponse, VenueCore } from '../../../src/simulator/venue-core.js';
import { defaultSymbolsOf } from '../../../src/simulator/venues.js';

/** A moment on a whole day, so that candles begin where the test begins. */
export const START_MS = Date.UTC(2026, 6, 1);

/** Real captures live beside the repository and are not part of it. */
export const captures = join(process.cwd(), '..', 'shared', 'data');
export const capturesAreHere = existsSync(captures);

export function newCore(options: { seed?: number; rate?: number; limits?: Partial<BinanceLimits> } = {}): BinanceCore {
  const { seed = 1, rate = 200, limits = {} } = options;
  return new BinanceCore({ market: new RandomMarket({ seed, startTimeMs: START_MS, rate }), limits });
}

export function connect(core: VenueCore, url: string, nowMs = START_MS): ConnectionId {
  const result = core.connect({ url, clientIp: '127.0.0.1' }, nowMs);
  if (!result.accepted) throw new Error(`refused with ${result.response.status}`);
  return result.connection;
}

/** Lets time pass in steps, and returns what was sent, or what was sent to one connection. */
export function run(core: VenueCore, fromMs: number, toMs: number, stepMs: number, connection?: ConnectionId): readonly Outgoing[] {
  const sent: Outgoing[] = [];
  for (let nowMs = fromMs + stepMs; nowMs <= toMs; nowMs += stepMs) {
    for (const item of core.advance(nowMs)) if (connection === undefined || item.connection === connection) sent.push(item);
  }
  return sent;
}

export function textsOf(outgoing: readonly Outgoing[]): readonly string[] {
  return outgoing.flatMap((item) => (item.kind === 'texts' ? item.texts : []));
}

export interface TradeData {
  readonly e: string;
  readonly E: number;
  readonly s: string;
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
  readonly M: boolean;
}

/** The trades of raw or combined frames. */
export function tradesOf(texts: readonly string[]): readonly TradeData[] {
  return texts.map((text) => {
    const frame = JSON.parse(text) as { data?: TradeData } & TradeData;
    return frame.data ?? frame;
  });
}

export function get(core: VenueCore, url: string, nowMs: number): RestResponse {
  return core.rest({ method: 'GET', url, headers: {}, clientIp: '127.0.0.1' }, nowMs);
}

export function getJson(core: VenueCore, url: string, nowMs: number): unknown {
  return JSON.parse(get(core, url, nowMs).body);
}

/** `61837.63000000` and `61837.63` are one decimal: the ledger writes the second. */
export function trimmed(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

export interface CoinbaseTrade {
  readonly product_id: string;
  readonly trade_id: string;
  readonly price: string;
  readonly size: string;
  readonly time: string;
  readonly side: 'BUY' | 'SELL';
}

export interface CoinbaseMessage {
  readonly channel: string;
  readonly timestamp: string;
  readonly sequence_num: number;
  readonly events: readonly {
    readonly type: string;
    readonly trades: readonly CoinbaseTrade[];
    readonly subscriptions: Readonly<Record<string, readonly string[]>>;
    readonly current_time: string;
    readonly heartbeat_counter: number;
  }[];
}

export function coinbaseMessages(texts: readonly string[]): readonly CoinbaseMessage[] {
  return texts.map((text) => JSON.parse(text) as CoinbaseMessage);
}

export function newCoinbase(options: { seed?: number; rate?: number; limits?: Partial<CoinbaseLimits> } = {}): CoinbaseCore {
  const { seed = 1, rate = 200, limits = {} } = options;
  return new CoinbaseCore({
    market: new RandomMarket({ seed, startTimeMs: START_MS, rate, symbols: defaultSymbolsOf('coinbase') }),
    limits,
  });
}

export function newKraken(options: { seed?: number; rate?: number; limits?: Partial<KrakenLimits> } = {}): KrakenCore {
  const { seed = 1, rate = 200, limits = {} } = options;
  return new KrakenCore({ market: new RandomMarket({ seed, startTimeMs: START_MS, rate, symbols: defaultSymbolsOf('kraken') }), limits });
}

/** Digits as they stand in the text, which JSON.parse would lose, of a trade in a frame of Kraken. */
export const KRAKEN_TRADE =
  /\{"symbol":"([^"]+)","side":"(buy|sell)","price":(\d+(?:\.\d+)?),"qty":(\d+(?:\.\d+)?),"ord_type":"(?:market|limit)","trade_id":(\d+),"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"\}/g;

/** Microseconds since 1970 of an ISO time with any number of digits up to six. */
export function microsecondsOf(iso: string): number {
  const [seconds = '', fraction = ''] = iso.slice(0, -1).split('.');
  return Date.parse(`${seconds}Z`) * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
