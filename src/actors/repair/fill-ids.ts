import type { IdRange } from '../../domain/id-intervals.js';
import { messageOf, SeracError } from '../../errors.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';
import { fullJitter } from '../../machines/backoff.js';

export interface FillPorts {
  /** A page of a range. Rejects with a SeracError. */
  readonly page: (range: TradeRange, cursor: string | null) => Promise<TradePage>;
  /** Takes a page; resolves when there is room for the next. */
  readonly take: (page: TradePage) => Promise<void>;
  /** What of a range has not been seen, lowest first. */
  readonly missing: (range: IdRange) => readonly IdRange[];
  /** Event time (us) of the newest trade below an id that is known; 0 where none is. */
  readonly timeBelow: (id: number) => Promise<number>;
  readonly wait: (ms: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly report: (what: string) => void;
}

/** Times that a range is asked for without anything new coming, after which the venue counts as not having the rest. */
const PASSES_MAX = 3;
/** Requests that fail one after another before it is given up: some ten minutes. */
const FAILURES_MAX = 20;
const BACKOFF = { minMs: 500, maxMs: 60_000 };

/**
 * Asks the venue for all ids of a range that were not seen, page by page, oldest first.
 * @returns what the venue does not give, lowest first
 * @throws SeracError what the last request said, where it refuses, or has failed too often in a row
 */
export async function fillIds(range: IdRange, ports: FillPorts): Promise<readonly IdRange[]> {
  let fruitless = 0;
  for (;;) {
    const missing = ports.missing(range);
    if (missing.length === 0 || fruitless >= PASSES_MAX) return missing;
    for (const [firstId, lastId] of missing) {
      await askFor({ firstId, lastId, notBefore: await ports.timeBelow(firstId) }, ports);
    }
    fruitless = countOf(ports.missing(range)) < countOf(missing) ? 0 : fruitless + 1;
  }
}

async function askFor(range: TradeRange, ports: FillPorts): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: TradePage = await persistently(ports.page, range, cursor, ports);
    await ports.take(page);
    cursor = page.next;
  } while (cursor !== null);
}

/** Asks for a page until it comes. */
async function persistently(page: FillPorts['page'], range: TradeRange, cursor: string | null, ports: FillPorts): Promise<TradePage> {
  for (let failures = 0; ; failures++) {
    try {
      return await page(range, cursor);
    } catch (error) {
      if (!(error instanceof SeracError && error.retryable) || failures + 1 >= FAILURES_MAX) throw error;
      ports.report(`${messageOf(error)}: it is asked again`);
      await ports.wait(fullJitter(failures, BACKOFF, ports.random()));
    }
  }
}

function countOf(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
