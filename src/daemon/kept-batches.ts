import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchToken } from '../codec/batch.js';
import type { Batch, Sink } from '../domain/ports.js';
import { SeracError } from '../errors.js';

/** `unwritten`: the store was away when the daemon stopped. `refused`: the store will never take them; a person has to look. */
type Shelf = 'unwritten' | 'refused';

const ENDINGS = { ArrowStream: 'arrows', JSONEachRow: 'jsonl' } as const;

/** Batches that could not be stored, as files in the data folder: nothing that was accepted is lost. One file each, named by its hash. */
export class KeptBatches {
  /** Rows kept by this run, by shelf. */
  readonly rows: Record<Shelf, number> = { unwritten: 0, refused: 0 };

  constructor(readonly dataDir: string) {}

  /** @returns the file's path */
  keep(batch: Batch, shelf: Shelf): string {
    const folder = join(this.dataDir, shelf);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${batch.table}-${batch.rows}-${batch.token}.${ENDINGS[batch.format]}`);
    writeFileSync(`${path}.new`, batch.bytes, { flush: true });
    renameSync(`${path}.new`, path);
    this.rows[shelf] += batch.rows;
    return path;
  }

  /**
   * Writes what an earlier run left, before anything new.
   * @returns the rows written
   */
  async writeUnwritten(sink: Sink): Promise<number> {
    const folder = join(this.dataDir, 'unwritten');
    if (!existsSync(folder)) return 0;
    let rows = 0;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const batch = readBatch(name, path);
      if (batch === undefined) continue;
      try {
        await sink.write(batch);
      } catch (error) {
        if (error instanceof SeracError && error.retryable) throw error;
        this.keep(batch, 'refused');
      }
      rmSync(path);
      rows += batch.rows;
    }
    return rows;
  }
}

/** A batch from its file; undefined for a file that is none, or that is not whole. */
function readBatch(name: string, path: string): Batch | undefined {
  const match = /^([a-z_]+)-(\d+)-([0-9a-f]{32})\.(arrows|jsonl)$/.exec(name);
  if (match === null) return undefined;
  const [, table, rows, token, ending] = match;
  const bytes = readFileSync(path);
  if (batchToken(bytes) !== token) return undefined;
  return { table: table as Batch['table'], rows: Number(rows), token, bytes, format: ending === 'arrows' ? 'ArrowStream' : 'JSONEachRow' };
}
