import { join, resolve } from 'node:path';
import type { Files } from '../domain/ports/files.js';
import type { StoreTables } from './store-connection.js';

/** Folders of ClickHouse that keep their identity for as long as it runs. */
const FOLDERS = ['.', 'metadata', 'store', 'data'];
/** A file that ClickHouse writes once, when it creates a table's folder: a folder recreated by an insert does not have it. */
const OF_TABLE = 'format_version.txt';

/**
 * The files of the embedded store that it needs to find its data after a restart. A running store continues without them: it answers from
 * memory, and recreates folders as it writes.
 */
export class StoreFiles {
  readonly #folders = new Map<string, bigint>();
  #ofTables: readonly string[] = [];

  constructor(
    readonly path: string,
    private readonly files: Files,
  ) {}

  /** A store has just started here. */
  begin(): void {
    this.#folders.clear();
    this.#ofTables = [];
    this.#learnFolders();
  }

  /** Learns where the tables stand now. */
  async learn(store: Pick<StoreTables, 'tableFiles'>): Promise<void> {
    this.#ofTables = (await store.tableFiles()).flatMap(({ definition, folders }) => [
      ...(definition === '' ? [] : [resolve(this.path, definition)]),
      ...folders.map((folder) => join(folder, OF_TABLE)),
    ]);
    this.#learnFolders();
  }

  /** A file or folder that was removed while the store runs; null if none was. A table dropped or renamed by a statement does not count. */
  async removed(store: () => Pick<StoreTables, 'tableFiles'>): Promise<string | null> {
    for (const [folder, identity] of this.#folders) if (this.files.identity(folder) !== identity) return folder;
    if (this.#ofTables.every((file) => this.files.exists(file))) return null;
    await this.learn(store());
    return this.#ofTables.find((file) => !this.files.exists(file)) ?? null;
  }

  /** Known ones keep their identity: one that has another now was removed. */
  #learnFolders(): void {
    for (const folder of FOLDERS.map((name) => join(this.path, name))) {
      const identity = this.files.identity(folder);
      if (identity !== null && !this.#folders.has(folder)) this.#folders.set(folder, identity);
    }
  }
}
