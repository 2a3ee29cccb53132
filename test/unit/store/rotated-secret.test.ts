import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { connectClickHouse } from '../../../src/store/connect-clickhouse.js';
import { openStore } from '../../../src/store/open-store.js';
import { select } from '../../../src/store/queries/select.js';
import { startStore, temporaryFolder } from '../../support/store-process.js';

/** The store reads its secret again at most four times a second. */
const READ_AGAIN_MS = 300;

it('a secret file that holds no secret is said once, and a read that is refused then can be tried again', async () => {
  const folder = temporaryFolder();
  const lines: string[] = [];
  const store = await startStore(folder.path, { onLog: (line) => lines.push(line) });
  const secret = readFileSync(store.secretFile, 'utf8');
  const client = connectClickHouse({ ...store, database: 'default', password: 'not it' });
  try {
    writeFileSync(store.secretFile, 'too short\n');
    for (let i = 0; i < 3; i++) {
      await expect(select(client, 'SELECT 1', {})).rejects.toMatchObject({ code: 'store.unavailable', retryable: true });
      await sleep(READ_AGAIN_MS);
    }
    expect(lines.filter((line) => line.includes('is damaged'))).toHaveLength(1);
    await expect(openStore({ dataDir: folder.path, access: 'read' }), 'a command beside it').rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringMatching(/^The secret in .*secret was damaged while the store runs.*: delete the file and restart/) as string,
    });
    // What it knows it still takes.
    const known = connectClickHouse({ ...store, database: 'default', password: secret.trim() });
    expect(await select(known, 'SELECT 1 AS one', {})).toEqual([{ one: 1 }]);
    await known.close();
  } finally {
    await client.close();
    await store.stop();
    folder.remove();
  }
});
