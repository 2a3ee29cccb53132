import { ClickHouseException, codes } from './clickhouse-exception.js';

/** Counts since the store started. */
export interface StatementCounts {
  readonly running: number;
  readonly reads: number;
  readonly inserts: number;
  readonly rowsInserted: number;
  readonly commands: number;
  readonly failed: number;
}

export type StatementKind = 'read' | 'insert' | 'command';

/** The statements that are being served, by query id, and what came of those before. */
export class RunningStatements {
  readonly #running = new Map<string, StatementKind>();
  readonly #finished = { read: 0, insert: 0, command: 0 };
  #rowsInserted = 0;
  #failed = 0;

  /** Throws when a statement with this id runs: ids are how a statement is found to be killed. */
  start(queryId: string, kind: StatementKind): void {
    if (this.#running.has(queryId)) {
      throw ClickHouseException.of(codes.queryIdRunning, `Query with id = ${queryId} is already running.`);
    }
    this.#running.set(queryId, kind);
  }

  /** @param rowsInserted undefined when it failed */
  finish(queryId: string, rowsInserted: number | undefined): void {
    const kind = this.#running.get(queryId);
    if (kind === undefined) return;
    this.#running.delete(queryId);
    this.#finished[kind] += 1;
    if (rowsInserted === undefined) this.#failed += 1;
    else this.#rowsInserted += rowsInserted;
  }

  /** Ids of what runs and may be cut short without losing anything. */
  reads(): string[] {
    return [...this.#running].filter(([, kind]) => kind === 'read').map(([queryId]) => queryId);
  }

  all(): string[] {
    return [...this.#running.keys()];
  }

  counts(): StatementCounts {
    return {
      running: this.#running.size,
      reads: this.#finished.read,
      inserts: this.#finished.insert,
      rowsInserted: this.#rowsInserted,
      commands: this.#finished.command,
      failed: this.#failed,
    };
  }
}
