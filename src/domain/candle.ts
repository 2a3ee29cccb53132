import { AT, type CandleSums, carry, emptySums, HALF_LIMB } from './candle-sums.js';

/** Candle intervals in ascending order; each is a multiple of the previous one, so candles roll up. */
export const INTERVALS = ['1s', '1m', '5m', '15m', '30m', '1h', '4h', '1d'] as const;

export type Interval = (typeof INTERVALS)[number];

/** Length of each interval in microseconds, in the order of INTERVALS. */
export const INTERVAL_US: readonly number[] = [1, 60, 300, 900, 1_800, 3_600, 14_400, 86_400].map((seconds) => seconds * 1_000_000);

export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text);
}

/** Length of an interval in microseconds. */
export function intervalUs(interval: Interval): number {
  return INTERVAL_US[INTERVALS.indexOf(interval)]!;
}

/** Open time (us) of the window [open, open + length) that holds a time (us, not negative); windows are aligned to UTC midnight. */
export function openTimeUs(timeUs: number, lengthUs: number): number {
  return timeUs - (timeUs % lengthUs);
}

/** `quiet` has no row: the API derives it where proven coverage shows that nothing was traded. */
export const COMPLETENESS = ['gap', 'unproven', 'backfilled', 'complete'] as const;
export type Completeness = (typeof COMPLETENESS)[number];
export type CandleState = 'forming' | 'final';

/** One candle of one market. Its numbers stay sums in limbs until a caller needs decimals. */
export interface Candle {
  readonly exchange: string;
  readonly symbol: string;
  readonly interval: Interval;
  /** us since the epoch. */
  readonly openTime: number;
  /** Carried; must not be changed. */
  readonly sums: CandleSums;
  readonly revision: number;
  readonly state: CandleState;
  readonly completeness: Completeness;
  /** How often a stored row of this candle was replaced by one with fewer trades or weaker completeness; absent: never. */
  readonly correction?: number;
}

/** Exclusive end of a candle, us. */
export function closeTime(candle: Candle): number {
  return candle.openTime + intervalUs(candle.interval);
}

/** Ranks by knowledge: known missing ids are more knowledge than no knowledge, and only ids received later improve it. */
const KNOWLEDGE: Record<Completeness, number> = { unproven: 0, gap: 1, backfilled: 2, complete: 3 };

/**
 * Orders two rows of one candle with the same correction: more trades first, then better knowledge of its ids, then final over forming. It
 * is computed from the candle and never counted, so no restart, late batch or second daemon can replace a fuller row with a poorer one.
 */
export function candleVersion(candle: Pick<Candle, 'sums' | 'completeness' | 'state'>): number {
  return candle.sums[AT.count]! * 16 + KNOWLEDGE[candle.completeness] * 2 + (candle.state === 'final' ? 1 : 0);
}

/** Whether a row of a candle supersedes another; a higher correction always does. */
export function supersedes(candle: Versioned, other: Versioned): boolean {
  const [correction, others] = [candle.correction ?? 0, other.correction ?? 0];
  return correction === others ? candleVersion(candle) > candleVersion(other) : correction > others;
}

type Versioned = Pick<Candle, 'sums' | 'completeness' | 'state' | 'correction'>;

/** The correction has the highest bits of a row's version: the column is correction * 2^56 + {@link candleVersion}. */
export const CORRECTION_SHIFT = 56;

/** A candle's decimals as integers: prices and volumes in units of 10^-12, quote volumes of 10^-24. */
export interface CandleNumbers {
  readonly open: bigint;
  readonly high: bigint;
  readonly low: bigint;
  readonly close: bigint;
  readonly volume: bigint;
  readonly quoteVolume: bigint;
  readonly takerBuyVolume: bigint;
  readonly takerBuyQuoteVolume: bigint;
  /** quoteVolume / volume, 12 digits, rounded half to even. */
  readonly vwap: bigint;
}

const LIMB = 10n ** 12n;
const HALF_LIMB_BIG = 10n ** 6n;

export function candleNumbers(sums: CandleSums): CandleNumbers {
  return {
    ...quoteNumbers(sums),
    open: plain(sums, AT.open),
    high: plain(sums, AT.high),
    low: plain(sums, AT.low),
    close: plain(sums, AT.close),
    volume: plain(sums, AT.volume),
    takerBuyVolume: plain(sums, AT.takerVolume),
  };
}

/** The candle's numbers that need large integers; the others are in the sums, which are carried by then. */
export function quoteNumbers(sums: CandleSums): Pick<CandleNumbers, 'quoteVolume' | 'takerBuyQuoteVolume' | 'vwap'> {
  carry(sums);
  const volume = plain(sums, AT.volume);
  const quoteVolume = product(sums, AT.quote);
  return {
    quoteVolume,
    takerBuyQuoteVolume: product(sums, AT.takerQuote),
    vwap: volume === 0n ? 0n : divideHalfEven(quoteVolume, volume),
  };
}

/** Whether every number of a candle fits its column; one that does not is counted as an error, never rounded. */
export function fitsColumns(sums: CandleSums): boolean {
  carry(sums);
  // Only the leading limbs can overflow: 10^14 whole units of 10^12 in Decimal(38, 12), 10^14 units of 1 in Decimal(38, 24).
  return sums[AT.volume]! < 1e14 && sums[AT.quote]! < 1e14;
}

/**
 * Sums from numbers computed elsewhere, such as by the store's SQL. Values that fit no column are accepted, so that fitsColumns can detect
 * them.
 */
export function sumsFrom(
  numbers: Omit<CandleNumbers, 'vwap'>,
  counts: { count: number; firstId: number; lastId: number; repaired: number },
): CandleSums {
  const sums = emptySums();
  sums[AT.count] = counts.count;
  sums[AT.firstId] = counts.firstId;
  sums[AT.lastId] = counts.lastId;
  sums[AT.repaired] = counts.repaired;
  setPlain(sums, AT.open, numbers.open);
  setPlain(sums, AT.high, numbers.high);
  setPlain(sums, AT.low, numbers.low);
  setPlain(sums, AT.close, numbers.close);
  setPlain(sums, AT.volume, numbers.volume);
  setPlain(sums, AT.takerVolume, numbers.takerBuyVolume);
  setProduct(sums, AT.quote, numbers.quoteVolume);
  setProduct(sums, AT.takerQuote, numbers.takerBuyQuoteVolume);
  return sums;
}

/** Whether two sums have the same numbers; the origin of the trades (the `repaired` count) does not matter. */
export function sameNumbers(a: CandleSums, b: CandleSums): boolean {
  carry(a);
  carry(b);
  return a.every((value, at) => at === AT.repaired || value === b[at]);
}

function plain(sums: CandleSums, at: number): bigint {
  return (BigInt(sums[at]!) * LIMB + BigInt(sums[at + 1]!)) * LIMB + BigInt(sums[at + 2]!);
}

function setPlain(sums: CandleSums, at: number, value: bigint): void {
  sums[at] = Number(value / (LIMB * LIMB));
  sums[at + 1] = Number((value / LIMB) % LIMB);
  sums[at + 2] = Number(value % LIMB);
}

function product(sums: CandleSums, at: number): bigint {
  const upper = sums[at + 1]! * HALF_LIMB + sums[at + 2]!;
  const lower = sums[at + 3]! * HALF_LIMB + sums[at + 4]!;
  return (BigInt(sums[at]!) * LIMB + BigInt(upper)) * LIMB + BigInt(lower);
}

function setProduct(sums: CandleSums, at: number, value: bigint): void {
  let rest = value;
  for (let limb = 4; limb > 0; limb--) {
    sums[at + limb] = Number(rest % HALF_LIMB_BIG);
    rest /= HALF_LIMB_BIG;
  }
  sums[at] = Number(rest);
}

/** Quotient of two integers (divisor positive, dividend not negative), rounded half to even. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice > divisor || (twice === divisor && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}
