import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { openStore } from '../../src/store/open-store.js';
import { storePaths } from '../../src/store/paths.js';
import { readStoreRecord } from '../../src/store/running-store.js';

/** An embedded store on a folder of its own. */
export interface BenchStore {
  readonly client: ClickHouseClient;
  readonly pid: number;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

export async function openBenchStore(): Promise<BenchStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'serac-bench-'));
  const store = await openStore({ dataDir });
  return {
    client: store.client,
    pid: readStoreRecord(storePaths(dataDir).recordFile)?.pid ?? 0,
    async close() {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
