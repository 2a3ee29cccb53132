import type { RunResult } from './engine-session.js';
import { goesFirst } from './request-options.js';
import { DEFAULT_FORMAT } from './run-read.js';
import type { StatementContext } from './statement-context.js';
import type { Statement } from './statement.js';

/** What only looks. It must not wait behind inserts. */
const LOOKING = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK', 'USE', 'SET']);

/** Runs a statement that answers little: its result is kept whole. It runs to its end even when the client is gone, as ClickHouse does. */
export async function runCommand(context: StatementContext, statement: Statement): Promise<RunResult & { readonly format: string }> {
  const format = statement.format?.name ?? context.options.defaultFormat ?? DEFAULT_FORMAT;
  const { reads, writes } = context.gates;
  // KILL waits for nobody: it is what frees the places.
  const leave =
    statement.verb === 'KILL'
      ? undefined
      : await (LOOKING.has(statement.verb) ? reads : writes).enter(context.signal, goesFirst(context.options));
  const session = context.engine.session();
  try {
    await session.run(context.prologue, 'Null');
    return { ...(await session.run(statement.sql, format)), format };
  } finally {
    session.close();
    leave?.();
  }
}
