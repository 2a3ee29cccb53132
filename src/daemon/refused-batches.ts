import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../domain/ports.js';

/** Keeps batches that the store will never take as they are, so that nothing accepted is lost: one file each, named by its hash. */
export class RefusedBatches {
  readonly #folder: string;
  rows = 0;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'refused');
  }

  /** @returns the file's path */
  keep(batch: Batch): string {
    mkdirSync(this.#folder, { recursive: true });
    const path = join(this.#folder, `${batch.table}-${batch.token}.${batch.format === 'ArrowStream' ? 'arrows' : 'jsonl'}`);
    writeFileSync(path, batch.bytes);
    this.rows += batch.rows;
    return path;
  }
}
