import type { GuardNotes } from '../guard-notes.js';
import type { RestartBudget } from '../restart-budget.js';

/** What the supervisor needs to know of a part of the daemon. */
export interface SupervisedPart {
  readonly name: string;
  readonly budget: RestartBudget;
  /** The part's weight in the drain time. Time left over goes to the parts after it. */
  readonly drainWeight: number;
  /** Whether the daemon ends when the budget is spent. */
  readonly essential: boolean;
}

export type SupervisorEvent =
  | { readonly type: 'part.started'; readonly name: string }
  /** It could not start, or it ended by itself. */
  | { readonly type: 'part.failed'; readonly name: string; readonly reason: string }
  | { readonly type: 'part.stopped'; readonly name: string }
  /** A signal. The second one ends at once. */
  | { readonly type: 'stop' };

export type SupervisorCommand =
  { readonly type: 'startPart'; readonly name: string } | { readonly type: 'stopPart'; readonly name: string; readonly deadlineMs: number };

export type SupervisorFact =
  /** A non-essential part failed too often and is not restarted. */
  | { readonly type: 'part.abandoned'; readonly name: string; readonly reason: string }
  | { readonly type: 'running' }
  | { readonly type: 'ended'; readonly exitCode: number; readonly reason: string };

export interface SupervisorInput {
  /** In the order in which they start; they stop in reverse order. */
  readonly parts: readonly SupervisedPart[];
  readonly drainMaxMs: number;
  readonly now: () => number;
}

export interface SupervisorContext extends SupervisorInput {
  readonly notes: GuardNotes;
  /** The part that is being started or stopped. */
  readonly index: number;
  /** By name: times of the restarts that still count. */
  readonly restarts: Readonly<Record<string, readonly number[]>>;
  readonly drainUntilMs: number;
  readonly exitCode: number;
  readonly reason: string;
}

/** One region: the machine itself. */
export const supervisorOwnership = {
  supervisor: ['index', 'restarts', 'exitCode', 'reason'],
} as const satisfies Record<string, readonly (keyof SupervisorContext)[]>;
