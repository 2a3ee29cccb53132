import { SeracError } from '../../errors.js';
import { ClickHouseException, codes } from './clickhouse-exception.js';

/** Counters since the store started. */
export interface StatementCounts {
  readonly running: number;
  readonly reads: number;
  readonly inserts: number;
  readonly rowsInserted: number;
  readonly commands: number;
  readonly failed: number;
}

export type StatementKind = 'read' | 'insert' | 'command';

interface Running {
  readonly kind: StatementKind;
  readonly abort: AbortController;
}

/** The running statements, by query id, and counters of those before. */
export class RunningStatements {
  readonly #running = new Map<string, Running>();
  readonly #finished = { read: 0, insert: 0, command: 0 };
  #rowsInserted = 0;
  #failed = 0;
  #isStopping = false;

  /**
   * Registers a statement. Throws if one with this id runs (ids identify a statement to kill), and while the store stops.
   * @returns the controller that aborts it: used if its client disconnects, or by {@link stop}
   */
  start(queryId: string, kind: StatementKind): AbortController {
    if (this.#isStopping) throw new SeracError('stopping', 'The store is stopping.');
    if (this.#running.has(queryId)) {
      throw ClickHouseException.of(codes.queryIdRunning, `Query with id = ${queryId} is already running.`);
    }
    const abort = new AbortController();
    this.#running.set(queryId, { kind, abort });
    return abort;
  }

  /** @param rowsInserted undefined if it failed */
  finish(queryId: string, rowsInserted: number | undefined): void {
    const kind = this.#running.get(queryId)?.kind;
    if (kind === undefined) return;
    this.#running.delete(queryId);
    this.#finished[kind] += 1;
    if (rowsInserted === undefined) this.#failed += 1;
    else this.#rowsInserted += rowsInserted;
  }

  /** Accepts no more, and aborts all that are queued or read. Inserts and commands in the engine run to their end. */
  stop(): void {
    this.#isStopping = true;
    for (const { abort } of this.#running.values()) abort.abort();
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
