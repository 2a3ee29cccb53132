import { LATEST_US, parseTimeUs, TIME_FORMATS, type TimeFormat } from '../../codec/json/time.js';
import { type Interval, INTERVALS, isInterval } from '../../domain/candle.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import { type FeedId, parseFeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { venueNamed } from '../../exchanges/registry.js';

const FORMATS = ['table', 'json', 'csv', 'arrow'] as const;
export type Format = (typeof FORMATS)[number];

/** Flags shared by commands that print rows. */
export interface RowFlags {
  readonly from?: string;
  readonly to?: string;
  readonly data: string;
  readonly format: string;
  readonly json?: true;
  readonly wide?: true;
  readonly time: string;
}

export function readInterval(text: string): Interval {
  if (!isInterval(text)) throw new SeracError('usage', `"${text}" is not an interval: choose one of ${INTERVALS.join(' ')}.`);
  return text;
}

/** Half-open range of us; an omitted end is unbounded. */
export function readRange(flags: { readonly from?: string; readonly to?: string }): TimeRange {
  const range = { from: bound('--from', flags.from) ?? 0, to: bound('--to', flags.to) ?? LATEST_US };
  if (range.to > range.from) return range;
  throw new SeracError('usage', `--to ${flags.to ?? ''} must be after --from ${flags.from ?? ''}: the range is empty.`);
}

/** The market argument: one of a supported exchange. */
export function readMarket(text: string): FeedId {
  const feed = parseFeedId(text);
  venueNamed(feed.exchange);
  return feed;
}

function bound(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const us = parseTimeUs(text);
  if (us === undefined)
    throw new SeracError('usage', `${flag} "${text}" is not a time: write 2024-08-08T23:58:00Z, a date, or an integer of s, ms, us or ns.`);
  return us;
}

/** `--format`, or `--json` for short. */
export function readFormat<Known extends Format = Format>(
  flags: { readonly format: string; readonly json?: true },
  formats: readonly Known[] = FORMATS as readonly Format[] as readonly Known[],
): Known {
  const text = flags.json === true ? 'json' : flags.format;
  const format = formats.find((known) => known === text);
  if (format === undefined) throw new SeracError('usage', `--format "${text}": choose one of ${formats.join(', ')}.`);
  return format;
}

export function readTimeFormat(text: string): TimeFormat {
  const format = TIME_FORMATS.find((known) => known === text);
  if (format === undefined) throw new SeracError('usage', `--time "${text}": choose one of ${TIME_FORMATS.join(', ')}.`);
  return format;
}

export function readWhole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new SeracError('usage', `${flag} "${text}": use a whole number from ${least} to ${most}.`);
  }
  return value;
}

/** Examples of a command, for the end of its help. */
export function examples(...calls: readonly (readonly [call: string, what: string])[]): string {
  const lines = calls.map(([call, what]) => `  # ${what}\n  $ serac ${call}`);
  return `\nExamples:\n${lines.join('\n')}\n`;
}
