/*
 * An independent second opinion: what frames say and which candles follow, worked out the slow and obvious way with JSON.parse, BigInt
 * and Set. It imports nothing of the program, so that no mistake can be made twice.
 */
import { shallow } from './shallow.js';

const REFERENCE_INTERVALS = [
  ['1s', 1],
  ['1m', 60],
  ['5m', 300],
  ['15m', 900],
  ['30m', 1_800],
  ['1h', 3_600],
  ['4h', 14_400],
  ['1d', 86_400],
] as const;

/** A trade: time in us, price and quantity in units of 10^-12. */
export interface ReferenceTrade {
  readonly symbol: string;
  readonly id: number;
  readonly time: number;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly bought: boolean;
  readonly repaired: boolean;
}

export type Reading =
  | { readonly kind: 'trade'; readonly trade: ReferenceTrade; readonly sentAt: number }
  | { readonly kind: 'empty'; readonly symbol: string; readonly id: number; readonly time: number; readonly sentAt: number }
  | { readonly kind: 'control' }
  | { readonly kind: 'other' }
  /** Not to be taken, for each of these reasons. The symbol and the id are there where both could be read: the id then counts as seen. */
  | { readonly kind: 'reject'; readonly faults: ReadonlySet<string>; readonly symbol?: string; readonly id?: number };

const SCALE = 10n ** 12n;

/** Text of plain digits as units of 10^-12; a fault where it is none or does not fit 38 digits. */
export function referenceDecimal(value: unknown, bad: string): bigint | string {
  if (value === undefined) return 'missing_field';
  if (typeof value !== 'string') return 'wrong_type';
  const [whole, fraction, more] = value.split('.');
  const digits = (text: string | undefined) => text !== undefined && text.length > 0 && Array.from(text).every((c) => c >= '0' && c <= '9');
  if (more !== undefined || !digits(whole) || (value.includes('.') && !digits(fraction))) return bad;
  const beyond = (fraction ?? '').slice(12);
  if (Array.from(beyond).some((c) => c !== '0')) return 'too_many_decimals';
  const scaled = BigInt(whole!) * SCALE + BigInt((fraction ?? '').slice(0, 12).padEnd(12, '0'));
  return scaled.toString().length > 38 ? 'too_many_digits' : scaled;
}

function wholeNumber(value: unknown, bad: string): number | string {
  if (value === undefined) return 'missing_field';
  if (typeof value !== 'number') return 'wrong_type';
  return Number.isInteger(value) && value <= 9_007_199_254_740_991 && !(value < 0) && 1 / value !== -Infinity ? value : bad;
}

const microseconds = (time: number): number => (time < 100_000_000_000_000 ? time * 1000 : time);

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** Reads a Binance frame. @param symbolOf canonical name of a venue symbol that is taken, else undefined */
export function readReference(text: string, symbolOf: (venueSymbol: string) => string | undefined): Reading {
  let parsed: unknown;
  try {
    parsed = shallow(JSON.parse(text));
  } catch {
    return { kind: 'reject', faults: new Set(['malformed_json']) };
  }
  const frame = object(parsed);
  if (frame === undefined) return { kind: 'reject', faults: new Set(['wrong_type']) };
  const wrapped = Object.hasOwn(frame, 'stream') && Object.hasOwn(frame, 'data');
  const payload = wrapped ? object(frame['data']) : frame;
  if (payload === undefined) return { kind: 'reject', faults: new Set(['wrong_type']) };
  if (payload['e'] === 'serverShutdown') return { kind: 'control' };
  const has = (name: string) => Object.hasOwn(frame, name);
  if (!wrapped && has('id') && (has('result') || has('code') || has('error'))) {
    const refused = has('error') ? object(frame['error']) !== undefined || has('msg') || has('code') : has('code') || has('msg');
    return { kind: refused || typeof frame['id'] === 'number' ? 'control' : 'other' };
  }
  if (!wrapped && has('code') && has('msg')) return { kind: 'control' };
  const stream = frame['stream'];
  const channel = typeof stream === 'string' ? stream.slice(stream.indexOf('@') + 1) : undefined;
  if (wrapped && channel !== undefined && stream !== channel && channel !== 'trade') return { kind: 'other' };
  if (payload['e'] !== 'trade') {
    return channel === 'trade' && stream !== 'trade' ? { kind: 'reject', faults: new Set(['wrong_type']) } : { kind: 'other' };
  }

  const faults = new Set<string>();
  const note = <T>(value: T | string): T | undefined => {
    if (typeof value !== 'string') return value;
    faults.add(value);
    return undefined;
  };
  const named = payload['s'];
  if (typeof named !== 'string') faults.add(named === undefined ? 'missing_field' : 'wrong_type');
  const symbol = typeof named === 'string' ? symbolOf(named) : undefined;
  if (typeof named === 'string' && symbol === undefined) faults.add('unknown_symbol');
  const id = note(wholeNumber(payload['t'], 'bad_id'));
  const time = note(wholeNumber(payload['T'], 'bad_time'));
  const sentAt = note(wholeNumber(payload['E'], 'bad_time'));
  const price = note(referenceDecimal(payload['p'], 'bad_price'));
  const quantity = note(referenceDecimal(payload['q'], 'bad_quantity'));
  const maker = payload['m'];
  if (typeof maker !== 'boolean') faults.add('bad_side');
  if (price === 0n && quantity !== 0n) faults.add('bad_price');
  if (price !== undefined && quantity !== undefined && (price * quantity).toString().length > 38) faults.add('notional_too_large');
  if (
    faults.size > 0 ||
    symbol === undefined ||
    id === undefined ||
    time === undefined ||
    sentAt === undefined ||
    price === undefined ||
    quantity === undefined
  ) {
    return { kind: 'reject', faults, ...(symbol === undefined || id === undefined ? {} : { symbol, id }) };
  }
  const at = microseconds(time);
  const sent = microseconds(sentAt);
  if (quantity === 0n) return { kind: 'empty', symbol, id, time: at, sentAt: sent };
  return { kind: 'trade', sentAt: sent, trade: { symbol, id, time: at, price, quantity, bought: maker === false, repaired: false } };
}

/** A candle's numbers: prices, volumes and vwap in units of 10^-12, quote volumes of 10^-24. */
export interface ReferenceCandle {
  readonly symbol: string;
  readonly interval: string;
  readonly openTime: number;
  readonly open: bigint;
  readonly high: bigint;
  readonly low: bigint;
  readonly close: bigint;
  readonly volume: bigint;
  readonly quoteVolume: bigint;
  readonly takerBuyVolume: bigint;
  readonly takerBuyQuoteVolume: bigint;
  readonly vwap: bigint;
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly repaired: number;
}

/** The candle of trades of one symbol and one window, at least one, in any order. */
export function referenceCandle(trades: readonly ReferenceTrade[], interval: string, openTime: number): ReferenceCandle {
  const ordered = [...trades].sort((a, b) => a.id - b.id);
  const sum = (value: (trade: ReferenceTrade) => bigint) => ordered.reduce((total, trade) => total + value(trade), 0n);
  const prices = ordered.map(({ price }) => price);
  const volume = sum(({ quantity }) => quantity);
  const quoteVolume = sum(({ price, quantity }) => price * quantity);
  return {
    symbol: ordered[0]!.symbol,
    interval,
    openTime,
    open: prices[0]!,
    high: prices.reduce((a, b) => (b > a ? b : a)),
    low: prices.reduce((a, b) => (b < a ? b : a)),
    close: prices[prices.length - 1]!,
    volume,
    quoteVolume,
    takerBuyVolume: sum(({ bought, quantity }) => (bought ? quantity : 0n)),
    takerBuyQuoteVolume: sum(({ bought, price, quantity }) => (bought ? price * quantity : 0n)),
    vwap: halfEven(quoteVolume, volume),
    count: ordered.length,
    firstId: ordered[0]!.id,
    lastId: ordered[ordered.length - 1]!.id,
    repaired: ordered.filter(({ repaired }) => repaired).length,
  };
}

export const candleKey = (symbol: string, interval: string, openTime: number): string => `${symbol} ${interval} ${openTime}`;

/** Where a time (us) falls at an interval of so many seconds. */
const referenceOpen = (time: number, seconds: number): number => Math.floor(time / (seconds * 1e6)) * (seconds * 1e6);

/** Trades by the window of each interval in which they fall; each trade is in eight of them. */
function referenceWindows(trades: Iterable<ReferenceTrade>): Map<string, ReferenceTrade[]> {
  const windows = new Map<string, ReferenceTrade[]>();
  for (const trade of trades) {
    for (const [interval, seconds] of REFERENCE_INTERVALS) {
      const key = candleKey(trade.symbol, interval, referenceOpen(trade.time, seconds));
      const window = windows.get(key);
      if (window === undefined) windows.set(key, [trade]);
      else window.push(trade);
    }
  }
  return windows;
}

/** All candles of trades that are each there once. */
export function referenceCandles(trades: Iterable<ReferenceTrade>): Map<string, ReferenceCandle> {
  const candles = new Map<string, ReferenceCandle>();
  for (const [key, window] of referenceWindows(trades)) {
    const [, interval, openTime] = key.split(' ');
    candles.set(key, referenceCandle(window, interval!, Number(openTime)));
  }
  return candles;
}

/** Quotient rounded to the nearest integer, ties to the even one. */
function halfEven(dividend: bigint, divisor: bigint): bigint {
  const down = dividend / divisor;
  const below = dividend - down * divisor;
  const above = (down + 1n) * divisor - dividend;
  if (below === above) return down % 2n === 0n ? down : down + 1n;
  return below < above ? down : down + 1n;
}

/** What became of an id: a trade, a frame of zero quantity, a trade that was rejected. An id that is not known was not seen. */
export type Fate = 'trade' | 'empty' | 'rejected';

/**
 * Rule 5, read literally: contiguous ids from a trade older than the window to one at or after its end, none of them rejected.
 * @param fates of all ids of the symbol that were seen
 * @param timeOf us, of an id that is a trade
 */
export function referenceCompleteness(
  fates: ReadonlyMap<number, Fate>,
  candle: { interval: string; openTime: number; firstId: number; lastId: number; repaired: number },
  timeOf: (id: number) => number,
): 'complete' | 'backfilled' | 'gap' | 'unproven' {
  const seconds = REFERENCE_INTERVALS.find(([interval]) => interval === candle.interval)![1];
  const closeTime = candle.openTime + seconds * 1e6;
  const ids = [...fates.keys()];
  const highest = Math.max(...ids);
  let before = candle.firstId - 1;
  while (fates.has(before) && !(fates.get(before) === 'trade' && timeOf(before) < candle.openTime)) before -= 1;
  if (!fates.has(before)) return 'gap';
  let after = candle.lastId + 1;
  while (fates.has(after) && !(fates.get(after) === 'trade' && timeOf(after) >= closeTime)) after += 1;
  for (let id = before; id < after; id++) if (!fates.has(id) || fates.get(id) === 'rejected') return 'gap';
  if (!fates.has(after)) return highest > after ? 'gap' : 'unproven';
  return candle.repaired > 0 ? 'backfilled' : 'complete';
}

/** Everything that frames in this order say: each trade once (of two copies the first counts), and the fate of each id, by symbol. */
export class ReferenceMarket {
  readonly trades = new Map<string, ReferenceTrade>();
  readonly fates = new Map<string, Map<number, Fate>>();

  take(symbol: string, id: number, fate: Fate, trade?: ReferenceTrade): void {
    let fates = this.fates.get(symbol);
    if (fates === undefined) {
      fates = new Map();
      this.fates.set(symbol, fates);
    }
    // A rejected trade is missing until another copy comes; an id without a trade until its trade comes.
    const known = fates.get(id);
    if (known === 'trade' || (known !== undefined && fate !== 'trade')) return;
    fates.set(id, fate);
    if (fate === 'trade') this.trades.set(`${symbol} ${id}`, trade!);
  }

  read(reading: Reading): void {
    if (reading.kind === 'trade') this.take(reading.trade.symbol, reading.trade.id, 'trade', reading.trade);
    else if (reading.kind === 'empty') this.take(reading.symbol, reading.id, 'empty');
    else if (reading.kind === 'reject' && reading.symbol !== undefined && reading.id !== undefined) {
      this.take(reading.symbol, reading.id, 'rejected');
    }
  }

  /** Rule 5 for a candle of this market. */
  completeness(candle: ReferenceCandle): ReturnType<typeof referenceCompleteness> {
    const { symbol } = candle;
    return referenceCompleteness(this.fates.get(symbol)!, candle, (id) => this.trades.get(`${symbol} ${id}`)!.time);
  }

  /** The ids of a symbol with such a fate (all seen where none is named), as closed ranges. */
  ranges(symbol: string, ...wanted: readonly Fate[]): [number, number][] {
    const ids = [...(this.fates.get(symbol) ?? [])].filter(([, fate]) => wanted.length === 0 || wanted.includes(fate)).map(([id]) => id);
    return toRanges(ids);
  }
}

/** Closed ranges of integers. */
export function toRanges(ids: Iterable<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && id === last[1] + 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges;
}
