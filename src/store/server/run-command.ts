import type { RunResult } from './engine-session.js';
import { goesFirst } from './request-options.js';
import { DEFAULT_FORMAT } from './run-read.js';
import type { StatementContext } from './statement-context.js';
import type { Statement } from './statement.js';

/** Statements that only inspect. They must not wait behind inserts. */
const LOOKING = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK', 'USE', 'SET']);

/**
 * Runs a statement with a small result, which is kept in memory. It runs to its end even if the client has disconnected, as in ClickHouse.
 */
export async function runCommand(context: StatementContext, statement: Statement): Promise<RunResult & { readonly format: string }> {
  const format = statement.format?.name ?? context.options.defaultFormat ?? DEFAULT_FORMAT;
  const { reads, writes } = context.gates;
  // KILL does not queue: it is what frees the places.
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
