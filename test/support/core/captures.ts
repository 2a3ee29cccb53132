import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TimedFrame } from './blocks.js';

const FOLDER = path.resolve(process.cwd(), '../shared/data');

export const CAPTURES = {
  btcFirstDay: 'binance-spot-btcusdt_20240808.gz',
  btcSecondDay: 'binance-spot-btcusdt_20240809.gz',
  eth: 'binance-spot-ethusdt_20240808.gz',
} as const;

/** Captures are not part of the project: where they are missing, tests that use them say so and are skipped. */
export const capturesAreThere = Object.values(CAPTURES).every((name) => existsSync(path.join(FOLDER, name)));

/** The frames of a capture, a line a frame: `<receive_time_ns> <json>`. */
export function captureFrames(name: string): TimedFrame[] {
  const bytes = gunzipSync(readFileSync(path.join(FOLDER, name)));
  const frames: TimedFrame[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    const space = bytes.indexOf(0x20, start);
    frames.push({ bytes: bytes.subarray(space + 1, end), receiveTime: BigInt(bytes.toString('latin1', start, space)) });
    start = end + 1;
  }
  return frames;
}

export interface GoldenCandle {
  readonly symbol: string;
  /** ms. */
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly takerBuyVolume: string;
  readonly takerBuyQuoteVolume: string;
  readonly trades: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/** Candles of so many seconds that another program computed from the captures. */
export function goldenCandles(symbol: string, seconds: number): GoldenCandle[] {
  return JSON.parse(readFileSync(path.join(FOLDER, 'golden', `binance-${symbol}-${seconds}s.json`), 'utf8')) as GoldenCandle[];
}
