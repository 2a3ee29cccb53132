import { trimZeros } from './decimals.js';

/** `2026-08-09T21:05:42.514318Z`: six digits, also when they are zeros. */
export function isoTime(timeUs: number): string {
  return `${isoSeconds(timeUs)}.${fractionOf(timeUs)}Z`;
}

/** `2026-08-09T21:05:41.13Z`: the fraction is without trailing zeros, and gone when it is zero. */
export function isoTimeTrimmed(timeUs: number, nanoseconds = 0): string {
  return `${isoSeconds(timeUs)}${trimmedFraction(timeUs, nanoseconds)}Z`;
}

/** `.13`, or nothing; the nanoseconds are those below the microsecond. */
export function trimmedFraction(timeUs: number, nanoseconds: number): string {
  return trimZeros(`.${fractionOf(timeUs)}${String(1_000 + nanoseconds).slice(1)}`);
}

/** `2026-08-09T21:05:42` */
export function isoSeconds(timeUs: number): string {
  return new Date(Math.floor(timeUs / 1_000_000) * 1_000).toISOString().slice(0, 19);
}

function fractionOf(timeUs: number): string {
  return String(1_000_000 + (timeUs % 1_000_000)).slice(1);
}
