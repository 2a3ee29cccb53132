import { Refusal } from './general-trade.js';

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
