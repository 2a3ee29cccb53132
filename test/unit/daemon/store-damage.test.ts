import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import type { StoreTables } from '../../../src/daemon/store-connection.js';
import { damageErrors, detachDamagedParts, detachedParts } from '../../../src/store/damaged-parts.js';
import { missingRows, tableFiles, tableIds } from '../../../src/store/queries/stored-shape.js';
import { StoreDamage } from '../../../src/daemon/store-damage.js';
import { createLogger } from '../../../src/logger.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'serac-damage-'));
});

afterEach(() => rmSync(dataDir, { recursive: true }));

const STORE = { store: 'embedded serac', files: nodeFiles, logger: createLogger('silent') };

/** What a store with one damaged part answers, before and after the part was taken out. */
function damagedStore(): StoreTables {
  const part = { table: 'trades_data', name: 'all_1_1_0', path: '/store/all_1_1_0/', reason: '' };
  let isDetached = false;
  const rowsOf = (query: string): object[] => {
    if (query.startsWith('CHECK')) return [{ is_passed: 0, message: 'Code: 40. Checksum does not match' }];
    if (query.includes('system.detached_parts')) return isDetached ? [part] : [];
    if (query.includes('system.tables')) return [{ name: 'trades_data', id: 'an identity' }];
    return query.includes('FROM system.parts WHERE') && !isDetached ? [part] : [];
  };
  const client = {
    query: ({ query }: { readonly query: string }) => {
      const rows = rowsOf(query);
      const lines = rows.map((row) => ({ text: JSON.stringify(row), json: () => row }));
      return Promise.resolve({ response_headers: {}, stream: () => [lines] });
    },
    command: () => {
      isDetached = true;
      return Promise.resolve();
    },
  } as unknown as ClickHouseClient;
  return {
    tableIds: () => tableIds(client, 'serac'),
    tableFiles: () => tableFiles(client, 'serac'),
    missingRows: () => missingRows(client, 'serac'),
    damageErrors: () => damageErrors(client),
    detachedParts: () => detachedParts(client, 'serac'),
    detachDamagedParts: (messages, otherwise) => detachDamagedParts(client, 'serac', messages, otherwise),
  };
}

it('a table that goes between two looks at the tables is not to be recreated yet', async () => {
  const store = damagedStore();
  const damage = new StoreDamage({ dataDir, ...STORE });
  await damage.examine(store);
  const gone = { ...store, tableIds: () => Promise.resolve(new Map<string, string>()) };
  expect(await damage.missing(gone)).toEqual(['trades_data']);
  expect(await damage.hasTrouble(gone, false)).toBe(false);
  expect(await damage.hasTrouble(gone, true)).toBe(true);
  const other = { ...store, tableIds: () => Promise.resolve(new Map([['trades_data', 'another identity']])) };
  expect(await damage.hasTrouble(other, false)).toBe(true);
});

it('a part that is taken out after one venue began has all venues look again', async () => {
  const store = damagedStore();
  const damage = new StoreDamage({ dataDir, ...STORE });
  await damage.examine(store);
  const looked: (readonly [venue: string, isDoubted: boolean])[] = [];
  const begun = new Set<string>();
  const begin = async (): Promise<void> => {
    for (const venue of ['binance', 'kraken']) {
      if (begun.has(venue)) continue;
      if (venue === 'kraken' && damage.detached === 0)
        throw new ClickHouseError({ message: 'in /store/all_1_1_0/', code: '40', type: 'CHECKSUM_DOESNT_MATCH' });
      looked.push([venue, damage.doubted.has('trades_data')]);
      begun.add(venue);
    }
    return Promise.resolve();
  };
  const pass = async (): Promise<void> => {
    const { finds } = damage;
    await damage.around(() => store, begin);
    damage.settled(finds);
  };
  await pass();
  expect(looked).toEqual([
    ['binance', false],
    ['kraken', true],
  ]);
  expect([...damage.doubted]).toEqual(['trades_data']);
  begun.clear();
  await pass();
  expect(looked.slice(2)).toEqual([
    ['binance', true],
    ['kraken', true],
  ]);
  expect(damage.doubted.size).toBe(0);

  // The next start knows of the part, though it was not there yet when this one examined the store.
  const next = new StoreDamage({ dataDir, ...STORE });
  await next.examine(store);
  expect([...next.doubted]).toEqual([]);
});
