import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findRunningStore, writeStoreRecord } from '../../../src/store/running-store.js';
import { temporaryFolder } from '../../support/store-process.js';

it('a store runs on its own folder, wherever that is moved, and not on a copy of it', async () => {
  const folder = temporaryFolder();
  const server = createServer((_request, response) => response.setHeader('X-Serac-Store', 'id').end('Ok.'));
  onTestFinished(() => {
    server.close();
    folder.remove();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const [data, copy, moved] = ['data', 'copy', 'moved'].map((name) => join(folder.path, name)) as [string, string, string];
  const found = async (dir: string) => (await findRunningStore(join(dir, 'store.json')))?.instanceId;
  mkdirSync(data);
  writeFileSync(join(data, 'secret'), 'x');
  const record = { port, pid: process.pid, instanceId: 'id', secretFile: join(data, 'secret'), startedAt: 'now', version: '1' };
  writeStoreRecord(join(data, 'store.json'), record);
  cpSync(data, copy, { recursive: true });
  expect([await found(data), await found(copy)]).toEqual(['id', undefined]);

  // As an earlier version wrote it.
  const written = JSON.parse(readFileSync(join(data, 'store.json'), 'utf8')) as Record<string, unknown>;
  const older = { ...written, folder: undefined };
  for (const dir of [data, copy]) writeFileSync(join(dir, 'store.json'), JSON.stringify(older));
  expect([await found(data), await found(copy)]).toEqual(['id', undefined]);

  writeStoreRecord(join(data, 'store.json'), record);
  renameSync(data, moved);
  expect(await found(moved)).toBe('id');
});
