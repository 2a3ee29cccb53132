import { fullJitter } from '../../domain/backoff.js';
import type { IdRange } from '../../domain/id-intervals.js';
import { SeracError, messageOf } from '../../errors.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';

export interface FillPorts {
  /** A page of a range. */
  readonly page: (range: TradeRange, cursor: string | null) => Promise<TradePage>;
  /** Takes a page; resolves when there is room for the next. */
  readonly take: (page: TradePage) => Promise<void>;
  /** The missing ids of a range, lowest first. */
  readonly missing: (range: IdRange) => readonly IdRange[];
  /** us: no trade from an id on is older. */
  readonly notBefore: (id: number) => Promise<number>;
}

/** Passes over the whole range without anything new after which the rest counts as not available. */
const PASSES_MAX = 3;

/** Consecutive pages without anything new after which a pass ends: they may repeat for ever. */
const FRUITLESS_PAGES_MAX = 10;

/**
 * Fetches all missing ids of a range from the venue, page by page, oldest first.
 * @returns ids that are not available at the venue, lowest first
 */
export async function fillIds(range: IdRange, ports: FillPorts): Promise<readonly IdRange[]> {
  let fruitless = 0;
  for (;;) {
    const missing = ports.missing(range);
    if (missing.length === 0 || fruitless >= PASSES_MAX) return missing;
    for (const [firstId, lastId] of missing) await askFor({ firstId, lastId, notBefore: await ports.notBefore(firstId) }, ports);
    fruitless = countOf(ports.missing(range)) < countOf(missing) ? 0 : fruitless + 1;
  }
}

async function askFor(range: TradeRange, { page, take, missing }: FillPorts): Promise<void> {
  const left = (): number => countOf(missing([range.firstId, range.lastId]));
  let cursor: string | null = null;
  let fruitless = 0;
  do {
    const before = left();
    const next: TradePage = await page(range, cursor);
    await take(next);
    cursor = next.next;
    fruitless = left() < before ? 0 : fruitless + 1;
  } while (cursor !== null && fruitless < FRUITLESS_PAGES_MAX);
}

function countOf(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

export interface PersistencePorts {
  readonly wait: (ms: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called with each failure except the last. */
  readonly report: (what: string) => void;
}

/** Longest time, after a stop, for the page that was asked for: a venue may have it wait for hours. */
const STOP_GRACE_MS = 2_000;

/**
 * What is asked for, unless that is to stop: nothing begins then, and what has begun is awaited for a short time.
 * @throws SeracError `stopping`
 */
export async function unlessStopped<T>(signal: AbortSignal, wait: (ms: number) => Promise<void>, ask: () => Promise<T>): Promise<T> {
  const stopping = (): SeracError => new SeracError('stopping', 'It was told to stop.');
  if (signal.aborted) throw stopping();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => void wait(STOP_GRACE_MS).then(() => reject(stopping()));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([ask(), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    stopped.catch(() => undefined);
  }
}

/** Consecutive failures before it gives up: some ten minutes. */
const FAILURES_MAX = 20;
const BACKOFF = { minMs: 500, maxMs: 60_000 };

/**
 * Retries with backoff what failed and may yet succeed.
 * @throws the error of the last attempt
 */
export async function persistently<T>(ask: () => Promise<T>, { wait, random, report }: PersistencePorts): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof SeracError && error.retryable) || failures + 1 >= FAILURES_MAX) throw error;
      report(`${messageOf(error)}: retrying`);
      await wait(fullJitter(failures, BACKOFF, random()));
    }
  }
}
