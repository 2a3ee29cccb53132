import type { LaneMetrics } from './lane-ports.js';
/** How long batches may wait without any answer before the store counts as not available, ms. */
export const STALLED_MAX_MS = 1_500;

/** Longer than a write takes on a busy machine: what was offered after it may be stored, and is not acknowledged before it. */
export const WRITE_OVERDUE_MS = 5_000;

/**
 * Whether the store accepts batches; if not, why, since when, how much waits and how often it was retried.
 * @param kept rows that it did not take since the start, by the folder that keeps them
 */
export function sinkHealth(
  sink: LaneMetrics,
  kept: Readonly<Record<'refused' | 'set-aside', number>>,
): { readonly ok: boolean; readonly detail: string } {
  const { state, lastError, retries, batchesQueued, oldestUnacknowledgedMs, stalledMs, writingMs, spool } = sink;
  const isStalled = stalledMs >= STALLED_MAX_MS;
  const isOverdue = writingMs >= WRITE_OVERDUE_MS;
  const isSpoolFull = spool !== null && spool.lastFailure !== null;
  const ok = state === 'accepting' && !isStalled && !isOverdue && !isSpoolFull;
  const details = [state === 'accepting' && !ok ? 'waiting for an answer of the store' : wordsOf(state)];
  if (isOverdue) details.push(`a write has not been answered for ${seconds(writingMs)}`);
  if (isStalled) details.push(`no batch was stored for ${seconds(stalledMs)}`);
  if (lastError !== null) details.push(`last error at ${new Date(lastError.atMs).toISOString()}: ${lastError.reason}`);
  if (!ok)
    details.push(`${batchesQueued} batches wait, the oldest for ${seconds(oldestUnacknowledgedMs)}`, `${retries} writes were retried`);
  if (spool !== null && spool.rows > 0) details.push(`${spool.rows} rows (${spool.bytes} bytes) wait on disk and are not served yet`);
  if (isSpoolFull) details.push(`no more is put on disk: ${spool.lastFailure}`);
  if (kept.refused > 0) details.push(`${kept.refused} rows were refused since the start and are kept in files`);
  if (kept['set-aside'] > 0)
    details.push(`${kept['set-aside']} rows were set aside since the start: the store failed to store them, and stored others`);
  return { ok, detail: details.join('; ') };
}

/** Sentences for the states of the sink machine. */
function wordsOf(state: string): string {
  const [name = ''] = state.split('.', 1);
  return WORDS[name] ?? name;
}

const WORDS: Readonly<Record<string, string>> = {
  retrying: 'a write failed: retrying',
  open: 'the store accepts no batches: it is probed from time to time',
  halfOpen: 'the store accepts no batches: it is being probed',
  draining: 'draining: waiting batches are written, then it stops',
  closed: 'stopped',
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
