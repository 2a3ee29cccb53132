import { join } from 'node:path';
import type { Files } from '../domain/ports/files.js';
import type { Log } from '../domain/ports/log.js';
import { RECORDED_TABLES, type RecordedTable } from '../domain/ports/recording-store.js';
import { messageOf } from '../errors.js';
import { suggestsDamage, type DetachedPart } from '../store/damaged-parts.js';
import type { StoreTables } from './store-connection.js';

/** Most damaged parts handled by one operation: each costs a failed read and a retry. */
const DAMAGED_PARTS_MAX = 1_000;

/** What the daemon has seen of its store, as saved in the data folder. */
interface Seen {
  /** The store's identity. */
  readonly store: string;
  /** By table, its identity: one that was removed and recreated has another. */
  readonly tables: Readonly<Record<string, string>>;
  /** Known parts in `detached/`: table and name. */
  readonly detached: readonly string[];
}

export interface StoreDamagePorts {
  readonly dataDir: string;
  /** The store of these tables: what was seen of another says nothing of this one. */
  readonly store: string;
  readonly files: Files;
  readonly logger: Log;
}

/**
 * Detects lost rows: parts with damaged files, which it detaches from their tables; parts that ClickHouse detached itself when it started;
 * emptied or removed tables. It logs them, and tells which tables recording has to check.
 */
export class StoreDamage {
  /** Tables that may have lost rows, until recording has checked: see `settled`. */
  readonly doubted = new Set<RecordedTable>();
  /** Parts that this run found damaged. */
  detached = 0;
  /** Number of detections so far: a recording that starts after one checks for it. */
  finds = 0;
  /** Another text after each find: what the store took before it may have to be written again. '' before the first one. */
  epoch = '';
  #seen: Seen | null;
  #now: Seen = { store: '', tables: {}, detached: [] };
  /** Content of the file as written by this run. */
  #written = '';
  /** Errors that suggest damage, at their last count. */
  #errors = 0;
  /** Detached parts that were logged already. */
  readonly #logged = new Set<string>();

  constructor(readonly ports: StoreDamagePorts) {
    this.#seen = this.#read();
  }

  /** Runs a read of the store. If it fails on a damaged part, that part is detached and the read is retried. */
  async around<T>(store: () => Pick<StoreTables, 'detachDamagedParts'>, work: () => Promise<T>): Promise<T> {
    for (let found = 0; ; found++) {
      try {
        return await work();
      } catch (error) {
        if (!suggestsDamage(error) || found === DAMAGED_PARTS_MAX) throw error;
        const parts = await store().detachDamagedParts([messageOf(error)], 'all');
        if (parts.length === 0) throw error;
        this.#note(parts);
      }
    }
  }

  /** Compares the store with what was last seen of it. Call it when it has started. */
  async examine(store: StoreTables): Promise<void> {
    const { logger } = this.ports;
    const ids = await store.tableIds();
    const tables = Object.fromEntries(RECORDED_TABLES.flatMap((table) => (ids.has(table) ? [[table, ids.get(table)!]] : [])));
    for (const table of RECORDED_TABLES) {
      const before = this.#seen?.tables[table];
      if (before === undefined || before === tables[table]) continue;
      this.#doubt(table);
      logger.error({ part: 'store', table }, 'the table was removed and is recreated empty: its rows are lost');
    }
    const parts = await store.detachedParts();
    const known = new Set(this.#seen?.detached);
    this.#note(parts.filter((part) => !known.has(keyOf(part))));
    const rows = await store.missingRows();
    if (rows > 0 && !this.doubted.has('trades_data')) {
      this.#doubt('trades_data', String(rows));
      logger.error({ part: 'store', rows }, 'fewer trades are stored than the checkpoints say');
    }
    this.#now = { store: this.ports.store, tables, detached: parts.map(keyOf) };
    this.#seen ??= this.#now;
    this.#errors = (await store.damageErrors()).count;
  }

  /** Tables that the store had and has no longer: dropped, renamed or detached. */
  async missing(store: StoreTables): Promise<readonly RecordedTable[]> {
    const ids = await store.tableIds();
    return RECORDED_TABLES.filter((table) => this.#now.tables[table] !== undefined && !ids.has(table));
  }

  /**
   * Checks whether the store has hit a damaged part since the last call, in a read or a merge, or lacks a table.
   * @param mayRecreate whether a table that is gone is to be recreated; else it may be brought back
   * @returns whether something has to be done: tables are to be recreated, or recording has to check
   */
  async hasTrouble(store: StoreTables, mayRecreate = true): Promise<boolean> {
    const ids = await store.tableIds();
    const others = RECORDED_TABLES.filter((table) => ids.get(table) !== this.#now.tables[table]);
    if (others.some((table) => mayRecreate || ids.has(table))) return true;
    const { count, messages } = await store.damageErrors();
    if (count === this.#errors) return false;
    const parts = await store.detachDamagedParts(messages, 'named');
    this.#note(parts);
    this.#errors = (await store.damageErrors()).count;
    return parts.length > 0;
  }

  /**
   * Recording has checked, and its findings are saved: the next start need not check again.
   * @param finds their number before the first venue started to check: if it rose meanwhile, it has to check once more
   */
  settled(finds: number): void {
    if (finds !== this.finds) return;
    this.doubted.clear();
    this.#seen = this.#now;
    const text = `${JSON.stringify(this.#seen)}\n`;
    if (text === this.#written) return;
    this.ports.files.replace(this.#file, Buffer.from(text));
    this.#written = text;
  }

  /** @param what is gone: a part, how many rows, or '' where the table is another */
  #doubt(table: RecordedTable, what = ''): void {
    this.doubted.add(table);
    this.finds += 1;
    this.epoch = `${what}-${this.finds}`;
  }

  #note(parts: readonly DetachedPart[]): void {
    for (const part of parts) {
      const table = RECORDED_TABLES.find((name) => name === part.table);
      if (table !== undefined) this.#doubt(table, keyOf(part));
      // Also parts found after `examine` listed them: the next start knows them.
      this.#now = { ...this.#now, detached: [...new Set([...this.#now.detached, keyOf(part)])] };
      if (this.#logged.has(keyOf(part))) continue;
      this.#logged.add(keyOf(part));
      this.detached += 1;
      this.ports.logger.error(
        { part: 'store', table: part.table, name: part.name, reason: part.reason },
        'a part of a table is damaged and was moved to detached/: its rows are missing until they are repaired',
      );
    }
  }

  get #file(): string {
    return join(this.ports.dataDir, 'store-seen.json');
  }

  /** Null if it is absent, unreadable, or of another store: then every detached part counts as new. */
  #read(): Seen | null {
    const { files, store } = this.ports;
    try {
      const seen = JSON.parse(Buffer.from(files.read(this.#file)).toString()) as Partial<Seen>;
      return seen.store === store ? { store, tables: seen.tables ?? {}, detached: seen.detached ?? [] } : null;
    } catch {
      return null;
    }
  }
}

function keyOf({ table, name }: Pick<DetachedPart, 'table' | 'name'>): string {
  return `${table}/${name}`;
}
