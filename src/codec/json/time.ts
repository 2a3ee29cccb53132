/** Fractional digits of a second per field: candles open on whole seconds, venues give us, our own clock ns. */
export type SecondDigits = 0 | 6 | 9;

const NS_PER_SECOND = 1_000_000_000n;

/**
 * Formats a time of ns since the epoch. RFC 3339 has all digits of the field, including trailing zeros, so that texts of one field sort as
 * their times do. A coarser unit truncates, never rounds: a trade is not moved into the next second.
 */
export function formatNs(ns: bigint, digits: SecondDigits, format: TimeFormat): JsonTime {
  switch (format) {
    case 'rfc3339':
      return rfc3339(ns, digits);
    case 's':
      return Number(ns / NS_PER_SECOND);
    case 'ms':
      return Number(ns / 1_000_000n);
    case 'us':
      return Number(ns / 1_000n);
    case 'ns':
      return ns.toString();
  }
}

/** Formats a time of us since the epoch; see formatNs. */
export function formatUs(us: number, digits: SecondDigits, format: TimeFormat): JsonTime {
  return formatNs(BigInt(us) * 1_000n, digits, format);
}

function rfc3339(ns: bigint, digits: SecondDigits): string {
  const second = new Date(Number(ns / NS_PER_SECOND) * 1_000).toISOString().slice(0, 19);
  if (digits === 0) return `${second}Z`;
  const fraction = (ns % NS_PER_SECOND).toString().padStart(9, '0').slice(0, digits);
  return `${second}.${fraction}Z`;
}

/** 2200-01-01: a later time is a mistake, and us stay below 2^53. */
export const LATEST_US = 7_258_118_400_000_000;

/** What parseTimeUs accepts, as the end of a sentence. */
export const TIME_EXPECTED =
  'a time from 1970 to 2200: RFC 3339 such as 2024-08-08T23:58:00Z (an offset as %2B02:00), a date, or an integer of s, ms, us or ns since 1970';
const INTEGER = /^\d{1,20}$/;
const RFC3339 = /^(\d{4}-\d\d-\d\d)(?:[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,30}))?(?:[Zz]|([+-])(\d\d):(\d\d)))?$/;
const NS_PER_UNIT: Record<Exclude<TimeFormat, 'rfc3339'>, bigint> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n };

/**
 * Parses a bound of a time range as us since the epoch: RFC 3339 (UTC without an offset), a date (its midnight), or an integer. The unit of
 * an integer is given, or follows from its size: below 10^11 seconds (the year 5138), below 10^14 ms, below 10^17 us, else ns.
 * Digits beyond us round up: rows have whole us, so `time >= bound` and `time < bound` keep their results.
 * @returns undefined for anything else, and for times outside [1970, 2200].
 */
export function parseTimeUs(text: string, format: TimeFormat = 'rfc3339'): number | undefined {
  const us = INTEGER.test(text) ? fromInteger(BigInt(text), format) : fromRfc3339(text);
  return us !== undefined && us >= 0 && us <= LATEST_US ? us : undefined;
}

function fromInteger(value: bigint, format: TimeFormat): number {
  const nsPerUnit = NS_PER_UNIT[format === 'rfc3339' ? unitBySize(value) : format];
  return Number((value * nsPerUnit + 999n) / 1_000n);
}

function unitBySize(value: bigint): Exclude<TimeFormat, 'rfc3339'> {
  if (value < 10n ** 11n) return 's';
  if (value < 10n ** 14n) return 'ms';
  return value < 10n ** 17n ? 'us' : 'ns';
}

function fromRfc3339(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, date, time = '00:00:00', fraction = '', sign, offsetHours = '00', offsetMinutes = '00'] = match;
  const ms = Date.parse(`${date!}T${time}Z`);
  // Date.parse reads the 31st of February as the 2nd of March: the parsed date must be the written one.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== `${date!}T${time}`) return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offsetUs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60000000;
  const us = ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0')) + (/[1-9]/.test(fraction.slice(6)) ? 1 : 0);
  return sign === '-' ? us + offsetUs : us - offsetUs;
}

/** Time formats in JSON and CSV: RFC 3339 in UTC, or integers since 1970 in a unit. */
export const TIME_FORMATS = ['rfc3339', 's', 'ms', 'us', 'ns'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** A formatted time: text, or a number if a double holds each value exactly. Nanoseconds since 1970 exceed 2^53, so they are strings. */
export type JsonTime = string | number;
