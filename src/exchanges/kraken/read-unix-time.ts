import { Refusal } from '../shared/general-trade.js';

/** Hundredths of a microsecond from which a float may be slightly below the next microsecond. */
const FLOAT_BELOW = 85;

/**
 * Reads seconds such as `1786309542.514318`, given as the digits of a JSON number, as us, truncated as on the stream: a trade has the same
 * time from both. The venue prints a float, which is off by up to 0.12 us, so `.514318` may read `.5143179`. Unsure: whether the stream
 * truncates or rounds the venue's ns.
 */
export function readUnixTime(digits: string | undefined): number | Refusal {
  if (digits === undefined) return new Refusal('wrong_type', 'time');
  const match = /^(\d{1,11})(?:\.(\d{1,12}))?$/.exec(digits);
  if (match === null) return new Refusal('bad_time', digits.slice(0, 64));
  const fraction = (match[2] ?? '').padEnd(8, '0');
  const isNext = Number(fraction.slice(6, 8)) >= FLOAT_BELOW;
  return Number(match[1]) * 1_000_000 + Number(fraction.slice(0, 6)) + (isNext ? 1 : 0);
}
