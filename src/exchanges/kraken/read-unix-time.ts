import { Refusal } from '../general-trade.js';

/**
 * Reads seconds such as `1786309542.514318`, given as the digits of a JSON number, as us. The venue prints a float: its seventh digit
 * is where the float ends and not the time (`.5143179` is `.514318`), so the nearest microsecond is meant. Shorter ones are what they say.
 */
export function readUnixTime(digits: string | undefined): number | Refusal {
  if (digits === undefined) return new Refusal('wrong_type', 'time');
  const match = /^(\d{1,11})(?:\.(\d{1,12}))?$/.exec(digits);
  if (match === null) return new Refusal('bad_time', digits.slice(0, 64));
  const fraction = (match[2] ?? '').padEnd(7, '0');
  const roundedUp = fraction[6]! >= '5' ? 1 : 0;
  return Number(match[1]) * 1_000_000 + Number(fraction.slice(0, 6)) + roundedUp;
}
