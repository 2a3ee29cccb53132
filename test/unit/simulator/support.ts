import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { BinanceCore } from '../../../src/simulator/binance/binance-core.js';
import type { BinanceLimits } from '../../../src/simulator/binance/limits.js';
import { RandomMarket } from '../../../src/simulator/market/random-market.js';
import type { ConnectionId, Outgoing, RestResponse, VenueCore } from '../../../src/simulator/venue-core.js';

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
