import { Refusal } from './general-trade.js';
import { SCANNED, fourDigits } from './scan.js';

const MINUTE_US = 60_000_000;
const ZERO = 0x30;
const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** Fractional digits used: microseconds. Up to nine are accepted. */
const COUNTED = 6;
const FRACTION_MAX = 9;
const POW10 = Float64Array.from({ length: COUNTED + 1 }, (_, power) => Number(`1e${power}`));

/** The minute last read, as sixteen bytes in two doubles, and in us: many frames have the same minute. */
const LAST = Float64Array.of(NaN, NaN, 0);

/**
 * Reads `2026-08-09T21:05:42.514318Z` into SCANNED[0] as us since the epoch: a fraction of up to nine digits, or none. Digits below a
 * microsecond are truncated, which moves no time into another second.
 * @returns the position after it, or -1 for anything else, including days and hours that do not exist.
 */
export function scanIsoTime(bytes: Uint8Array, view: DataView, start: number): number {
  const upper = view.getFloat64(start, true);
  const lower = view.getFloat64(start + 8, true);
  if (upper !== LAST[0] || lower !== LAST[1]) {
    const minute = minuteAt(bytes, view, start);
    if (minute < 0) return -1;
    LAST[0] = upper;
    LAST[1] = lower;
    LAST[2] = minute;
  }
  const second = twoDigits(bytes, start + 17);
  if (bytes[start + 16] !== COLON || second < 0 || second > 59) return -1;
  let at = start + 19;
  let fraction = 0;
  if (bytes[at] === DOT) {
    const first = at + 1;
    at = first;
    let counted = 0;
    let digit = bytes[at]! - ZERO;
    while (digit >= 0 && digit <= 9) {
      if (counted < COUNTED) {
        fraction = fraction * 10 + digit;
        counted += 1;
      }
      at += 1;
      digit = bytes[at]! - ZERO;
    }
    if (at === first || at - first > FRACTION_MAX) return -1;
    fraction *= POW10[COUNTED - counted]!;
  }
  if (bytes[at] !== LETTER_Z) return -1;
  SCANNED[0] = LAST[2]! + second * 1_000_000 + fraction;
  return at + 1;
}

/** us of `2026-08-09T21:05`, or -1. */
function minuteAt(bytes: Uint8Array, view: DataView, at: number): number {
  const year = fourDigits(view, at);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  const hour = twoDigits(bytes, at + 11);
  const minute = twoDigits(bytes, at + 14);
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH || bytes[at + 10] !== LETTER_T || bytes[at + 13] !== COLON) return -1;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return -1;
  const midnight = Date.UTC(year, month - 1, day);
  // A day that the month does not have becomes one of the next month.
  if (new Date(midnight).getUTCDate() !== day) return -1;
  return midnight * 1_000 + (hour * 60 + minute) * MINUTE_US;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** Reads a time such as `2026-08-09T21:05:42.514318Z` as us from a JSON value, as scanIsoTime does from bytes. */
export function readIsoTime(value: unknown): number | Refusal {
  if (typeof value !== 'string') return new Refusal(value === undefined ? 'missing_field' : 'wrong_type', 'time');
  const bad = new Refusal('bad_time', value.slice(0, 64));
  const match = ISO_TIME.exec(value);
  if (match === null) return bad;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return bad;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A month or day that does not exist becomes a following one.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return bad;
  return date.getTime() * 1_000 + Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'));
}
