import type { Random } from '../random.js';
import { type RestResponse, requestUrl } from '../venue-core.js';

const FLIPS_MAX = 3;
const HIGHEST_BIT = 0x80;
const BLANK = 0x20;

/**
 * Sets the highest bit of one to three bytes. A venue's frames are ASCII, so no damaged byte can be taken for another digit:
 * a flip that makes a different, valid trade could not be detected, and TLS lets none through.
 */
export function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  for (let flips = 1 + random.below(FLIPS_MAX); flips > 0; flips--) {
    const at = random.below(damaged.length);
    damaged[at] = damaged[at]! | HIGHEST_BIT;
  }
  return damaged;
}

/** Cuts at least one byte off the end, and leaves at least one. */
export function cutShort(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, 1 + random.below(bytes.length - 1));
}

/** Fills up with blanks, which a JSON parser does not mind. */
export function blowUp(bytes: Uint8Array, toBytes: number): Uint8Array {
  const large = new Uint8Array(Math.max(toBytes, bytes.length)).fill(BLANK);
  large.set(bytes);
  return large;
}

/** Paths whose answers are pages of rows: Binance, Coinbase, Kraken. */
const PAGES = /\/(historicalTrades|aggTrades|klines|trades|Trades)$/;

/** Which way the first row of a page lies from its cursor, and how much a row counts. */
const CURSORS: Readonly<Record<string, bigint>> = { fromId: -1n, startTime: -1n, after: 1n, before: -1n, since: -1_000_000n };
const ROWS_DEFAULT = 500;
const KRAKEN = '/0/public/';
const SKIPPED_ROWS = 10n;
const SKIPPED_NS = 500_000_000n;

/** Asks for fewer rows than the client did: the page is shorter than it should be, and right in itself. */
export function askForFewer(url: string, random: Random): string {
  return rewrite(url, (query, path) => {
    const name = path.startsWith(KRAKEN) ? 'count' : 'limit';
    const rows = Number(query.get(name) ?? ROWS_DEFAULT);
    if (rows > 1) query.set(name, String(1 + random.below(rows - 1)));
  });
}

/** Asks from an earlier row on: the page repeats what the one before it had. */
export function askForEarlier(url: string, rows: number): string {
  return rewrite(url, (query) => {
    for (const [name, step] of Object.entries(CURSORS)) {
      const cursor = query.get(name);
      if (cursor === null || !/^\d+$/.test(cursor)) continue;
      const moved = BigInt(cursor) + step * BigInt(rows);
      query.set(name, String(moved < 0n ? 0n : moved));
    }
  });
}

/** A body that ends in the middle. */
export function cutBody(response: RestResponse, random: Random): RestResponse {
  return { ...response, body: response.body.slice(0, random.below(response.body.length)) };
}

/** Rows stay as they are; the cursor beside them skips some, and the last kline counts a trade too many. */
export function tellWrongTotals(response: RestResponse): RestResponse {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => {
      if (name === 'cb-after') return [name, String(BigInt(value) - SKIPPED_ROWS)];
      return [name, name === 'cb-before' ? String(BigInt(value) + SKIPPED_ROWS) : value];
    }),
  );
  const body = response.body
    .replace(/"last":"(\d+)"/, (_all, last: string) => `"last":"${BigInt(last) + SKIPPED_NS}"`)
    // The ninth field of a kline of Binance is the number of its trades.
    .replace(/,(\d+)(,"[^"]*","[^"]*","0"\]\])$/, (_all, count: string, rest: string) => `,${Number(count) + 1}${rest}`);
  return { ...response, headers, body };
}

function rewrite(url: string, change: (query: URLSearchParams, path: string) => void): string {
  const parsed = requestUrl(url);
  if (parsed === null || !PAGES.test(parsed.pathname)) return url;
  change(parsed.searchParams, parsed.pathname);
  return `${parsed.pathname}${parsed.search}`;
}
