import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type * as chdbModule from 'chdb';
import { messageOf, SeracError } from '../../errors.js';
import type { StorePaths } from '../paths.js';
import { isSameProcess } from '../process-identity.js';
import { lockedError } from '../running-store.js';
import { ClickHouseException } from './clickhouse-exception.js';
import { EngineSession } from './engine-session.js';
import { sqlLiteral } from './sql-tokens.js';

type Chdb = typeof chdbModule;
type Session = chdbModule.Session;

/**
 * Settings of every connection, in the engine's command line form. `implicit_select` would make `foo` mean `SELECT foo`, which a server
 * does not do.
 */
const CONNECTION_ARGS = ['--implicit_select=0', '--max_query_size=33554432'];

const OWNER_TRIES = 10;
const OWNER_RETRY_MS = 50;

/**
 * The embedded ClickHouse on one folder, one per process; it locks the folder by an operating system lock, which ends with the process,
 * however that ends.
 */
export class Engine {
  readonly #chdb: Chdb;
  readonly #dir: string;
  /** Keeps the engine alive between requests: it shuts down with its last connection. */
  readonly #anchor: Session;
  readonly version: string;

  private constructor(chdb: Chdb, dir: string, anchor: Session, version: string) {
    this.#chdb = chdb;
    this.#dir = dir;
    this.#anchor = anchor;
    this.version = version;
  }

  /** Throws `store.unavailable` if chdb is not installed, `store.locked` if another process has the folder. */
  static async open(paths: Pick<StorePaths, 'dataDir' | 'engineDir'>): Promise<Engine> {
    const chdb = await loadChdb();
    const dir = paths.engineDir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    let anchor: Session;
    try {
      anchor = new chdb.Session(dir, { connectionArgs: CONNECTION_ARGS });
    } catch (error) {
      throw await openError(paths, error);
    }
    const version = await anchor.queryAsync('SELECT version()', { format: 'TabSeparatedRaw' });
    return new Engine(chdb, dir, anchor, version.text().trim());
  }

  /** A separate connection per request, because settings belong to a connection. Costs a quarter of a millisecond. */
  session(): EngineSession {
    return new EngineSession(new this.#chdb.Session(this.#dir, { connectionArgs: CONNECTION_ARGS }));
  }

  /**
   * Asks the engine to stop the statements with a tag. Not `SYNC`: an ended statement stays listed until its connection closes, which would
   * be a deadlock.
   */
  async kill(tag: string): Promise<void> {
    const session = this.session();
    try {
      await session.run(`KILL QUERY WHERE Settings['log_comment'] = ${sqlLiteral(tag)} ASYNC`, 'Null');
    } finally {
      session.close();
    }
  }

  /** Closes the engine once nothing runs in it. Closing under a running statement would abort or hang the process. */
  async close(): Promise<void> {
    await this.#chdb.drainPending();
    this.#anchor.close();
    await this.#chdb.drainPending();
  }
}

async function loadChdb(): Promise<Chdb> {
  try {
    return await import('chdb');
  } catch (error) {
    throw new SeracError(
      'store.unavailable',
      `The embedded store needs the optional package chdb, which cannot be loaded: install it (npm install chdb), or set the URL of a ClickHouse server. (${messageOf(error)})`,
      { cause: error },
    );
  }
}

/** The binding does not pass on the engine's reason (code 76 goes to stderr only), so the owner of the lock is looked up. */
async function openError({ dataDir, engineDir }: Pick<StorePaths, 'dataDir' | 'engineDir'>, error: unknown): Promise<SeracError> {
  // A process that has just taken the lock has not written its pid yet.
  for (let tries = 0; tries < OWNER_TRIES; tries += 1) {
    const owner = lockOwner(engineDir);
    if (owner !== undefined) return lockedError(dataDir, owner);
    await delay(OWNER_RETRY_MS);
  }
  const reason = ClickHouseException.from(error).message;
  return new SeracError('store.unavailable', `The embedded store cannot open ${engineDir}: ${reason}`, { cause: error });
}

/** ClickHouse writes its pid to the file that it locks. */
function lockOwner(dir: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(dir, 'status'), 'utf8'))?.[1]);
    return Number.isInteger(pid) && pid !== process.pid && isSameProcess(pid, undefined) ? pid : undefined;
  } catch {
    return undefined;
  }
}
