import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import type { Clock } from '../../../src/domain/clock.js';
import type { Batch, Sink } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';
import { BatchFiles, unwrittenBatches, type UnusableFile } from '../../../src/sinks/batch-files.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'serac-kept-'));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('batches that a stop left in files', () => {
  it('are stored at the next start beside files that are cut, changed or half written, which are named and set aside', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    const [whole, cut, changed, halfWritten] = [1, 2, 3, 4].map((at) => jsonBatch('gaps', [{ at, text: 'a row of some length' }]));
    kept.keep(whole!, 'unwritten');
    truncateSync(kept.keep(cut!, 'unwritten'), 10);
    const changedPath = kept.keep(changed!, 'unwritten');
    const bytes = readFileSync(changedPath);
    writeFileSync(changedPath, bytes.fill(0, 4, 12));
    writeFileSync(`${unwritten()}/gaps-1-${halfWritten!.token}.jsonl.new`, halfWritten!.bytes.subarray(0, 5));

    const { written, unusable } = await replay(kept);

    expect(written.map(({ token }) => token)).toEqual([whole!.token]);
    expect(unusable.map(({ kind }) => kind)).toEqual(['damaged', 'damaged', 'damaged']);
    for (const { path } of unusable) expect(existsSync(path), path).toBe(true);
    expect(readdirSync(unwritten())).toEqual(['damaged']);
    expect(readdirSync(join(unwritten(), 'damaged')).sort()).toEqual(unusable.map(({ path }) => basename(path)).sort());
    // What was set aside is not looked at again.
    expect(await replay(kept)).toEqual({ written: [], unusable: [] });
  });

  it('are counted while they wait, and what is none of them is not', async () => {
    expect(unwrittenBatches(dataDir, nodeFiles).batches).toBe(0);
    const kept = new BatchFiles(dataDir, nodeFiles);
    for (const at of [1, 2]) kept.keep(jsonBatch('gaps', [{ at }]), 'unwritten');
    kept.keep(jsonBatch('gaps', [{ at: 3 }]), 'refused');
    const halfWritten = jsonBatch('gaps', [{ at: 4 }]);
    writeFileSync(`${unwritten()}/gaps-1-${halfWritten.token}.jsonl.new`, '');
    writeFileSync(join(unwritten(), 'notes.txt'), 'mine');
    expect(unwrittenBatches(dataDir, nodeFiles)).toEqual({ folder: unwritten(), batches: 2 });
    await replay(kept);
    expect(unwrittenBatches(dataDir, nodeFiles).batches).toBe(0);
  });

  it('are not mixed up with files and folders of others, which stay where they are', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    const batch = jsonBatch('gaps', [{ at: 1 }]);
    kept.keep(batch, 'unwritten');
    writeFileSync(join(unwritten(), 'notes.txt'), 'mine');
    writeFileSync(join(unwritten(), `wages-1-${batch.token}.jsonl`), batch.bytes);
    mkdirSync(join(unwritten(), 'photos'));

    const { written, unusable } = await replay(kept);

    expect(written.length).toBe(1);
    expect(unusable.map(({ path, kind }) => [basename(path), kind])).toEqual([
      ['notes.txt', 'foreign'],
      ['photos', 'foreign'],
      [`wages-1-${batch.token}.jsonl`, 'foreign'],
    ]);
    expect(readdirSync(unwritten()).length).toBe(3);
  });

  it('are not said to be stored where the store refuses them, and are named', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    const batch = jsonBatch('gaps', [{ at: 1 }]);
    kept.keep(batch, 'unwritten');
    const unusable: UnusableFile[] = [];
    const refusing = sink(() => Promise.reject(new SeracError('store.refused', 'no such type')));
    expect(await kept.writeUnwritten(refusing, (file) => unusable.push(file), impatient)).toBe(0);
    expect(unusable).toEqual([{ path: expect.stringContaining('/refused/gaps-1-') as string, kind: 'refused', reason: 'no such type' }]);
    expect(existsSync(unusable[0]!.path)).toBe(true);
    expect(readdirSync(unwritten())).toEqual([]);
  });

  it('are left for the next start where they cannot be read', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    const { token } = jsonBatch('gaps', [{ at: 1 }]);
    // A folder cannot be read as a file, whatever the rights: root runs this test, too.
    mkdirSync(join(unwritten(), `gaps-1-${token}.jsonl`), { recursive: true });
    const { written, unusable } = await replay(kept);
    expect(written).toEqual([]);
    expect(unusable.map(({ kind }) => kind)).toEqual(['unreadable']);
    expect(readdirSync(unwritten())).toEqual([`gaps-1-${token}.jsonl`]);
  });

  it('stay in their files while the store is away, and are named: the start goes on', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    const batches = [1, 2].map((at) => jsonBatch('gaps', [{ at }]));
    for (const batch of batches) kept.keep(batch, 'unwritten');
    const away = new SeracError('store.unavailable', 'away', { retryable: true });
    const unusable: UnusableFile[] = [];
    expect(
      await kept.writeUnwritten(
        sink(() => Promise.reject(away)),
        (file) => unusable.push(file),
        impatient,
      ),
    ).toBe(0);
    expect(unusable.map(({ kind, reason }) => [kind, reason])).toEqual(batches.map(() => ['waiting', 'away']));
    for (const { path } of unusable) expect(existsSync(path), path).toBe(true);
    expect((await replay(kept)).written.length).toBe(2);
  });

  it('are stored beside one that the store never takes, whatever it says of it', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    const batches = [1, 2, 3].map((at) => jsonBatch('gaps', [{ at }]));
    for (const batch of batches) kept.keep(batch, 'unwritten');
    const [taken, unusable] = [[] as string[], [] as UnusableFile[]];
    const picky = sink((batch) => {
      if (batch.token === batches[0]!.token) return Promise.reject(new Error('Too many partitions'));
      taken.push(batch.token);
      return Promise.resolve();
    });
    expect(await kept.writeUnwritten(picky, (file) => unusable.push(file), impatient)).toBe(2);
    expect(taken.sort()).toEqual([batches[1]!.token, batches[2]!.token].sort());
    expect(unusable).toMatchObject([{ kind: 'waiting', reason: 'Too many partitions' }]);
    expect(readdirSync(unwritten())).toEqual([basename(unusable[0]!.path)]);
  });

  it('are tried again where the store fails for a moment', async () => {
    const kept = new BatchFiles(dataDir, nodeFiles);
    kept.keep(jsonBatch('gaps', [{ at: 1 }]), 'unwritten');
    let failures = 3;
    const shaky = sink(() => (failures-- > 0 ? Promise.reject(new Error('a moment')) : Promise.resolve()));
    expect(await kept.writeUnwritten(shaky, (file) => expect(file).toBeUndefined(), impatient)).toBe(1);
  });
});

/** A clock whose waits are over at once. */
const impatient: Clock = { now: () => 0, setTimeout: (run) => queueMicrotask(run), clearTimeout: () => undefined };

function unwritten(): string {
  return join(dataDir, 'unwritten');
}

async function replay(kept: BatchFiles): Promise<{ written: Batch[]; unusable: UnusableFile[] }> {
  const written: Batch[] = [];
  const unusable: UnusableFile[] = [];
  const take = sink((batch) => Promise.resolve(void written.push(batch)));
  await kept.writeUnwritten(take, (file) => unusable.push(file), impatient);
  return { written, unusable };
}

function sink(write: (batch: Batch) => Promise<void>): Sink {
  return { name: 'test', write, close: () => Promise.resolve() };
}
