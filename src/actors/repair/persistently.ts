import { messageOf, SeracError } from '../../errors.js';
import { fullJitter } from '../../domain/backoff.js';

export interface PersistencePorts {
  readonly wait: (ms: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told of each failure that is not the last. */
  readonly report: (what: string) => void;
}

/** Failures in a row before it is given up: some ten minutes. */
const FAILURES_MAX = 20;
const BACKOFF = { minMs: 500, maxMs: 60_000 };

/**
 * Asks again, ever more slowly, what failed and may yet succeed.
 * @throws what the last attempt said
 */
export async function persistently<T>(ask: () => Promise<T>, { wait, random, report }: PersistencePorts): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof SeracError && error.retryable) || failures + 1 >= FAILURES_MAX) throw error;
      report(`${messageOf(error)}: it is asked again`);
      await wait(fullJitter(failures, BACKOFF, random()));
    }
  }
}
