import type { JsonTime, TimeFormat } from './time-format.js';

/** Fractional digits of a second that a field has: candles open on whole seconds, venues tell us, our own clock ns. */
export type SecondDigits = 0 | 6 | 9;

const NS_PER_SECOND = 1_000_000_000n;

/**
 * Writes a time of ns since the epoch. RFC 3339 has as many digits as the field, trailing zeros too, so that texts of one field sort
 * as their times do. A unit coarser than the field cuts, never rounds: a trade is not moved into the next second.
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

/** Writes a time of us since the epoch; see formatNs. */
export function formatUs(us: number, digits: SecondDigits, format: TimeFormat): JsonTime {
  return formatNs(BigInt(us) * 1_000n, digits, format);
}

function rfc3339(ns: bigint, digits: SecondDigits): string {
  const second = new Date(Number(ns / NS_PER_SECOND) * 1_000).toISOString().slice(0, 19);
  if (digits === 0) return `${second}Z`;
  const fraction = (ns % NS_PER_SECOND).toString().padStart(9, '0').slice(0, digits);
  return `${second}.${fraction}Z`;
}
