import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import { tableFiles } from '../../../src/store/queries/stored-shape.js';
import { StoreFiles } from '../../../src/daemon/store-files.js';
import { connectClickHouse } from '../../../src/store/connect-clickhouse.js';
import type { StoreProcess } from '../../../src/store/launch-store.js';
import { migrate } from '../../../src/store/migrate.js';
import { startStore, temporaryFolder } from '../../support/store-process.js';

const folder = temporaryFolder();
const clickhouse = join(folder.path, 'clickhouse');
let store: StoreProcess;
let client: ClickHouseClient;
let files: StoreFiles;
const tables = { tableFiles: () => tableFiles(client, 'serac') };

beforeAll(async () => {
  store = await startStore(folder.path);
  client = connectClickHouse(store);
  await migrate(store);
});

afterAll(async () => {
  await client.close();
  await store.stop();
  folder.remove();
});

beforeEach(async () => {
  files = new StoreFiles(clickhouse, nodeFiles);
  files.begin();
  await files.learn(tables);
});

const removed = (): Promise<string | null> => files.removed(() => tables);

/** Has a folder or file be away while something looks. */
async function away<T>(path: string, look: () => Promise<T>): Promise<T> {
  renameSync(path, `${path}.away`);
  try {
    return await look();
  } finally {
    rmSync(path, { recursive: true, force: true });
    renameSync(`${path}.away`, path);
  }
}

describe('the files of a store that runs', () => {
  it('are all there while nothing removes them, also after inserts and merges', async () => {
    await client.command({ query: "INSERT INTO serac.rejects (exchange) VALUES ('binance')" });
    await client.command({ query: 'OPTIMIZE TABLE serac.rejects FINAL' });
    expect(await removed()).toBeNull();
  });

  it.each(['metadata', 'store', 'data'])('are missed where the folder %s is gone, also if the store makes it again', async (name) => {
    const path = join(clickhouse, name);
    await away(path, async () => {
      expect(await removed()).toBe(path);
      mkdirSync(path);
      expect(await removed()).toBe(path);
    });
    expect(await removed()).toBeNull();
  });

  it("are missed where a table's folder is gone, also if an insert makes it again", async () => {
    const path = await dataFolder('trades_data');
    await away(path, async () => {
      expect(await removed()).toContain(path);
      mkdirSync(path);
      expect(await removed()).toContain(path);
    });
    expect(await removed()).toBeNull();
  });

  it("are missed where a table's definition is gone", async () => {
    const [link] = readdirSync(join(clickhouse, 'metadata', 'serac')).filter((name) => name === 'gaps.sql');
    const path = join(clickhouse, 'metadata', 'serac', link!);
    expect(existsSync(path)).toBe(true);
    await away(path, async () => expect(await removed()).toContain('gaps.sql'));
  });

  it('are not missed where a statement dropped or renamed the table', async () => {
    await client.command({ query: 'DROP TABLE serac.raw_frames' });
    await client.command({ query: 'RENAME TABLE serac.rejects TO serac.others' });
    expect(await removed()).toBeNull();
  });
});

async function dataFolder(table: string): Promise<string> {
  const result = await client.query({
    query: `SELECT arrayElement(data_paths, 1) AS path FROM system.tables WHERE database = 'serac' AND name = '${table}'`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ path: string }>();
  return row!.path.replace(/\/$/, '');
}
