import type { Backoff } from '../../domain/backoff.js';
import type { GuardNotes } from '../guard-notes.js';
import type { RestartBudget } from '../restart-budget.js';

export type StoreEvent =
  | { readonly type: 'launched'; readonly url: string; readonly pid: number }
  | { readonly type: 'launch.failed'; readonly reason: string }
  | { readonly type: 'exited'; readonly reason: string }
  | { readonly type: 'ping.answered' }
  | { readonly type: 'ping.failed'; readonly reason: string }
  | { readonly type: 'stop'; readonly deadlineMs: number };

export type StoreCommand =
  | { readonly type: 'launch' }
  /** Cancel the launch in flight. */
  | { readonly type: 'abort' }
  | { readonly type: 'kill' }
  | { readonly type: 'stopChild'; readonly deadlineMs: number };

export type StoreFact =
  | { readonly type: 'ready'; readonly url: string; readonly pid: number }
  | { readonly type: 'down'; readonly reason: string }
  /** It crashes too often; it is restarted less often. */
  | { readonly type: 'budget.spent'; readonly reason: string }
  | { readonly type: 'stopped' };

export interface StoreOptions {
  readonly startMaxMs: number;
  /** Consecutive unanswered pings after which the child counts as hung. */
  readonly failedPingsMax: number;
  /** Interval of the kills of a child that does not die. */
  readonly killRepeatMs: number;
  /** Between restarts, after the immediate first one. */
  readonly backoff: Backoff;
  readonly budget: RestartBudget;
  /** Between restarts once the budget is spent. */
  readonly slowMs: number;
}

export const STORE_DEFAULTS: StoreOptions = {
  startMaxMs: 30_000,
  failedPingsMax: 3,
  killRepeatMs: 2_000,
  backoff: { minMs: 250, maxMs: 5_000 },
  budget: { restarts: 5, withinMs: 60_000 },
  slowMs: 30_000,
};

export interface StoreInput {
  readonly options: StoreOptions;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface StoreContext extends StoreInput {
  readonly notes: GuardNotes;
  readonly url: string | null;
  readonly pid: number | null;
  readonly failedPings: number;
  /** Times of the restarts that still count against the budget. */
  readonly restarts: readonly number[];
  readonly budgetSpent: boolean;
  readonly delayMs: number;
  readonly deadlineMs: number;
  readonly reason: string;
}

/** One region: the machine itself. */
export const storeOwnership = {
  store: ['url', 'pid', 'failedPings', 'restarts', 'budgetSpent', 'delayMs', 'reason'],
} as const satisfies Record<string, readonly (keyof StoreContext)[]>;
