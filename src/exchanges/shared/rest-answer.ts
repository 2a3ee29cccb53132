import { SeracError } from '../../errors.js';
import { isRecord } from './json-text.js';
import { parseJson } from './parse-json.js';

/** How the adapters read responses of a venue's REST API. */

/** For the list of all markets: that of a large venue is some fifteen megabytes. */
export const LISTING_MAX_BYTES = 32 * 1_048_576;

/**
 * Most entries of a list of markets or a page of trades; a longer one is invalid: venues have some thousands of markets, and pages a
 * thousand trades.
 */
const LISTED_MAX = 100_000;
const PAGE_ROWS_MAX = 10_000;
const NAME_MAX_CHARS = 100;

/** @throws SeracError `venue.refused`, which may be retried: pages are truncated and gateways answer in HTML. */
export function parseAnswer(venue: string, body: string): unknown {
  try {
    return parseJson(body);
  } catch (cause) {
    throw notJson(venue, cause);
  }
}

export function notJson(venue: string, cause?: unknown): SeracError {
  return new SeracError('venue.refused', `${venue} answered with something that is not JSON`, { retryable: true, cause });
}

export function notItsShape(venue: string, why: string): SeracError {
  return new SeracError('venue.refused', `${venue} answered in a shape that is not its own: ${why}`, { retryable: true });
}

export function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** A name. @throws SeracError `venue.refused` if the field is not text, or is longer than any name. */
export function textField(venue: string, value: unknown, name: string): string {
  const text = field(value, name);
  if (typeof text !== 'string') throw notItsShape(venue, `${name} is missing`);
  if (text.length > NAME_MAX_CHARS) throw notItsShape(venue, `${name} has ${text.length} characters`);
  return text;
}

/** The entries of a list of markets. @throws SeracError `venue.refused` */
export function listedMarkets(venue: string, value: unknown): readonly unknown[] {
  return entries(venue, value, LISTED_MAX, 'a list of markets');
}

/** The rows of a page of trades. @throws SeracError `venue.refused` */
export function pageRows(venue: string, value: unknown): readonly unknown[] {
  return entries(venue, value, PAGE_ROWS_MAX, 'a page of trades');
}

function entries(venue: string, value: unknown, max: number, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw notItsShape(venue, `${what} is a list`);
  if (value.length > max) throw notItsShape(venue, `${what} has ${value.length} entries`);
  return value;
}

/** A tick or lot size as decimal text that fits its column; 0, for unknown, if it is anything else. */
export function sizeText(value: unknown): string {
  return typeof value === 'string' && /^\d{1,20}(\.\d{1,12})?$/.test(value) ? value : '0';
}
