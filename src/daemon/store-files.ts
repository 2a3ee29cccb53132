import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { StoreClient } from '../store/connect-clickhouse.js';
import { rowsOf } from '../store/queries/select.js';

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

  constructor(readonly path: string) {}

  /** A store has just started here. */
  begin(): void {
    this.#folders.clear();
    this.#ofTables = [];
    this.#learnFolders();
  }

  /** Reads where the tables of a database are now. */
  async learn(client: StoreClient, database: string): Promise<void> {
    const result = await client.query({
      query: 'SELECT metadata_path, data_paths FROM system.tables WHERE database = {database:String}',
      query_params: { database },
      format: 'JSONEachRow',
    });
    const tables = await rowsOf<{ metadata_path: string; data_paths: readonly string[] }>(result);
    this.#ofTables = tables.flatMap(({ metadata_path: metadata, data_paths: data }) => [
      ...(metadata === '' ? [] : [resolve(this.path, metadata)]),
      ...data.map((folder) => join(folder, OF_TABLE)),
    ]);
    this.#learnFolders();
  }

  /** A file or folder that was removed while the store runs; null if none was. A table dropped or renamed by a statement does not count. */
  async removed(client: () => StoreClient, database: string): Promise<string | null> {
    for (const [folder, inode] of this.#folders) if (inodeOf(folder) !== inode) return folder;
    if (this.#ofTables.every((file) => existsSync(file))) return null;
    await this.learn(client(), database);
    return this.#ofTables.find((file) => !existsSync(file)) ?? null;
  }

  /** Known ones keep their identity: one that has another now was removed. */
  #learnFolders(): void {
    for (const folder of FOLDERS.map((name) => join(this.path, name))) {
      const inode = inodeOf(folder);
      if (inode !== null && !this.#folders.has(folder)) this.#folders.set(folder, inode);
    }
  }
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
