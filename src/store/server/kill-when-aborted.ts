import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseException, codes } from './clickhouse-exception.js';
import type { StatementContext } from './statement-context.js';

/** A statement may not be listed yet when it is to be killed: the kill is repeated until it has ended. */
const KILL_EVERY_MS = 50;

/**
 * Runs work in the engine; when the context's signal aborts, the statement is killed there, so that the work ends soon with the engine's
 * own error. Only ending the wait would leave the statement running.
 */
export async function killWhenAborted(
  context: Pick<StatementContext, 'engine' | 'options' | 'signal'>,
  work: () => Promise<void>,
): Promise<void> {
  const { engine, options, signal } = context;
  if (signal.aborted) throw ClickHouseException.of(codes.cancelled, 'Query was cancelled before it began.');
  const ended = new AbortController();
  let killing: Promise<void> | undefined;
  const kill = (): void => {
    killing = killUntil(ended.signal, () => engine.kill(options.queryId));
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    await work();
  } finally {
    signal.removeEventListener('abort', kill);
    ended.abort();
    await killing;
  }
}

async function killUntil(ended: AbortSignal, kill: () => Promise<void>): Promise<void> {
  while (!ended.aborted) {
    // A KILL that fails is like one that came too early: the next one follows.
    await kill().catch(() => undefined);
    await delay(KILL_EVERY_MS);
  }
}
