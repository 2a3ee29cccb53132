import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreProcess } from '../../src/store/launch-store.js';
import { openStore } from '../../src/store/open-store.js';
import { storePaths } from '../../src/store/paths.js';
import { rawRequest, startStore, storeEntry, temporaryFolder } from '../support/store-process.js';
import { effort } from '../support/effort.js';

const ROUNDS = effort(20, 8);
const WRITERS = 4;
const ROWS_PER_BATCH = 500;
const READY_WITHIN_MS = 2_000;

let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => {
  folder.remove();
});

describe('a killed store', () => {
  it(`keeps each acknowledged row, ${ROUNDS} times`, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    process.stdout.write(`store-kill: SEED=${seed}\n`);
    const random = generator(seed);
    const acknowledged: number[] = [];
    const starts: number[] = [];
    let nextBatch = 0;

    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      const store = await startStore(folder.path);
      starts.push(performance.now() - startedAt);
      expect(temporaryFiles(folder.path), 'files of the predecessor').toEqual([]);
      await run(store, 'CREATE TABLE IF NOT EXISTS t (batch UInt32, row UInt32, text String) ENGINE = MergeTree ORDER BY (batch, row)');
      expect(await missing(store, acknowledged), `acknowledged and gone, round ${round}, seed ${seed}`).toEqual([]);

      const writers = Array.from({ length: WRITERS }, async () => {
        for (;;) {
          const batch = nextBatch++;
          const insert = rawRequest(store, { path: '/?query=INSERT+INTO+t+FORMAT+CSV', body: rowsOf(batch) });
          const status = await insert.then((response) => response.status).catch(() => 0);
          if (status !== 200) return;
          acknowledged.push(batch);
        }
      });
      await delay(20 + random() * 400);
      process.kill(store.pid, 'SIGKILL');
      await Promise.all(writers);
      expect(await store.exited).toEqual({ code: null, signal: 'SIGKILL' });
      expect(isAlive(store.pid)).toBe(false);
    }

    const last = await startStore(folder.path);
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    expect(await missing(last, acknowledged)).toEqual([]);
    await last.stop();
    expect(await last.exited).toEqual({ code: 0, signal: null });
    expectNothingLeft(folder.path);
    expect(Math.max(...starts), `starts took ${starts.map(Math.round).join(', ')} ms`).toBeLessThan(READY_WITHIN_MS);
  });

  it('is not believed by its record: neither when its pid is free nor when another process has it', async () => {
    const store = await startStore(folder.path);
    const record = readFileSync(storePaths(folder.path).recordFile, 'utf8');
    process.kill(store.pid, 'SIGKILL');
    await store.exited;
    const { recordFile } = storePaths(folder.path);
    expect(existsSync(recordFile)).toBe(true);
    writeFileSync(recordFile, record.replace(`"pid": ${store.pid}`, `"pid": ${process.pid}`).replace(/"startTicks": "\d+",/, ''));
    const opened = await openStore({ dataDir: folder.path, entry: storeEntry });
    expect(opened.joined).toBe(false);
    await opened.close();
    expectNothingLeft(folder.path);
  });
});

describe('a store that is a child', () => {
  it.each([
    ['idle', undefined],
    ['busy reading', 'SELECT sum(sipHash64(number)) FROM system.numbers'],
    ['busy writing', "INSERT INTO FUNCTION null('n UInt64') SELECT sipHash64(number) FROM system.numbers"],
  ])('does not outlive its killed parent: %s', async (_, query) => {
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('../support/store-parent.ts', import.meta.url)), folder.path],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const child = JSON.parse(line) as StoreProcess;
    const running = query === undefined ? undefined : run(child, query).catch(() => undefined);
    await delay(300);
    expect(isAlive(child.pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(child.pid), { timeout: READY_WITHIN_MS, interval: 20 }).toBe(false);
    await running;
    expectNothingLeft(folder.path);
  });
});

describe('a stopped store', () => {
  it('finishes its inserts, kills its reads, cuts what stalls, and is gone in three seconds', async () => {
    const store = await startStore(folder.path);
    await run(store, 'CREATE TABLE t (batch UInt32, row UInt32, text String) ENGINE = MergeTree ORDER BY (batch, row)');
    const read = run(store, 'SELECT sum(sipHash64(number)) FROM system.numbers').catch(() => 'cut');
    const slowWrite = run(store, 'INSERT INTO t SELECT 1, number, sleepEachRow(0.05) FROM numbers(10)');
    const insert = rawRequest(store, { path: '/?query=INSERT+INTO+t+FORMAT+CSV', body: rowsOf(2) });
    const stalled = rawRequest(store, {
      path: '/?query=INSERT+INTO+t+FORMAT+CSV',
      body: '3,1,a\n',
      headers: { 'Content-Length': '1000' },
    }).catch(() => 'cut');
    await delay(200);
    const startedAt = performance.now();
    process.kill(store.pid, 'SIGTERM');
    expect(await store.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await slowWrite;
    expect((await insert).status).toBe(200);
    expect(await stalled).toBe('cut');
    expect(await read).toMatch(/cut|Code: 394/);
    expectNothingLeft(folder.path);

    const again = await startStore(folder.path);
    expect(await run(again, 'SELECT batch, count() FROM t GROUP BY batch ORDER BY batch')).toBe(`1\t10\n2\t${ROWS_PER_BATCH}\n`);
    await again.stop();
  });
});

describe('one folder, one store', () => {
  it('refuses a second one at once, in a sentence that says what to do', async () => {
    const store = await startStore(folder.path);
    const sentence = `Process ${store.pid} is already the store of ${storePaths(folder.path).dataDir}: stop it or use another --data.`;
    await expect(startStore(folder.path)).rejects.toMatchObject({ code: 'store.locked', message: sentence });
    rmSync(storePaths(folder.path).recordFile);
    await expect(startStore(folder.path), 'by the lock alone').rejects.toMatchObject({ code: 'store.locked', message: sentence });
    await store.stop();
  });

  it('is joined by who comes later', async () => {
    const first = await openStore({ dataDir: folder.path, entry: storeEntry });
    const second = await openStore({ dataDir: folder.path, entry: storeEntry });
    expect([first.joined, second.joined]).toEqual([false, true]);
    await first.client.insert({ table: 'rejects', values: [{ reason: 'test' }], format: 'JSONEachRow' });
    const rows = await second.client.query({ query: 'SELECT reason FROM rejects', format: 'JSONEachRow' });
    expect(await rows.json()).toEqual([{ reason: 'test' }]);
    await second.close();
    expect(await first.client.ping()).toEqual({ success: true });
    await first.close();
    expectNothingLeft(folder.path);
  });

  it('is started once by many who open it at the same time', async () => {
    const opened = await Promise.all(Array.from({ length: 3 }, () => openStore({ dataDir: folder.path, entry: storeEntry })));
    expect(opened.filter(({ joined }) => !joined)).toHaveLength(1);
    for (const store of opened.sort((a, b) => Number(b.joined) - Number(a.joined))) await store.close();
    expectNothingLeft(folder.path);
  });

  it('says so when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startStore(folder.path, { port })).rejects.toMatchObject({
      code: 'usage',
      message: `Port ${port} is in use: choose another with --port, or --port 0 for any.`,
    });
    other.close();
    expectNothingLeft(folder.path);
  });
});

async function run(store: StoreProcess, query: string): Promise<string> {
  const { status, text } = await rawRequest(store, { body: query });
  if (status !== 200) throw new Error(text);
  return text;
}

function rowsOf(batch: number): string {
  return Array.from({ length: ROWS_PER_BATCH }, (_, row) => `${batch},${row},"text ${batch}.${row}"\n`).join('');
}

/** The acknowledged batches that are not there, whole and once. */
async function missing(store: StoreProcess, acknowledged: readonly number[]): Promise<number[]> {
  const stored = await run(
    store,
    `SELECT batch FROM t GROUP BY batch HAVING count() = ${ROWS_PER_BATCH} AND uniqExact(row) = ${ROWS_PER_BATCH}`,
  );
  const found = new Set(stored.split('\n').map(Number));
  return acknowledged.filter((batch) => !found.has(batch));
}

function temporaryFiles(dataDir: string): string[] {
  const { tempDir, memoryTempDir } = storePaths(dataDir);
  return [tempDir, memoryTempDir].flatMap((path) => (existsSync(path) ? readdirSync(path) : []));
}

function expectNothingLeft(dataDir: string): void {
  const { recordFile, memoryTempDir } = storePaths(dataDir);
  expect(temporaryFiles(dataDir)).toEqual([]);
  expect(existsSync(memoryTempDir)).toBe(false);
  expect(existsSync(recordFile)).toBe(false);
}

function isAlive(pid: number): boolean {
  try {
    // A dead child that nobody has waited for yet is a zombie, which answers signals but is no process any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Mulberry32: small, seeded, good enough to choose moments. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
