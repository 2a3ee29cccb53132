import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import { claimFolder } from '../../../src/daemon/claim-folder.js';
import { readDaemonRecord, removeDaemonRecord, runningDaemon, writeDaemonRecord } from '../../../src/daemon/daemon-record.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import { BatchFiles } from '../../../src/sinks/batch-files.js';
import { findDataFolder } from '../../../src/store/data-folder.js';
import { storeOf } from '../../../src/store/folder-marker.js';

const OURS = storeOf({ database: 'serac' });
const THEIRS = storeOf({ url: 'http://clickhouse:8123', database: 'serac' });
const SAME_SERVER = storeOf({ url: 'http://clickhouse:8123', database: 'other' });

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'serac-claim-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Leaves a batch as a stop without the store does; its name. */
function keep(row: object): string {
  const path = new BatchFiles(dir, nodeFiles).keep(jsonBatch('gaps', [row]), 'unwritten');
  return path.slice(path.lastIndexOf('/') + 1);
}

async function written(): Promise<string[]> {
  const rows: string[] = [];
  const sink = { write: (batch: { bytes: Uint8Array }) => (rows.push(Buffer.from(batch.bytes).toString().trim()), Promise.resolve()) };
  await new BatchFiles(dir, nodeFiles).writeUnwritten(sink as never, () => undefined, systemClock());
  return rows;
}

describe('what could not be written for one store', () => {
  it.each([
    ['from the embedded store to a server', OURS, THEIRS],
    ['from one database of a server to another', THEIRS, SAME_SERVER],
  ])('is never written into another, and is when the first is back: %s', async (_, first, second) => {
    claimFolder(dir, first);
    keep({ of: 'the first' });
    const moved = claimFolder(dir, second);
    expect(moved).toMatchObject({ formerStore: first, forOtherStores: [{ batches: 1 }] });
    expect(await written()).toEqual([]);
    keep({ of: 'the second' });
    expect(claimFolder(dir, second), 'a further start').toMatchObject({ formerStore: undefined, forOtherStores: [{ batches: 1 }] });
    expect(claimFolder(dir, first)).toMatchObject({ formerStore: second, forOtherStores: [{ batches: 1 }] });
    expect(await written()).toEqual(['{"of":"the first"}']);
    claimFolder(dir, second);
    expect(await written()).toEqual(['{"of":"the second"}']);
    expect(claimFolder(dir, second).forOtherStores).toEqual([]);
  });

  it('is found again where a kill came before the marker named the other', async () => {
    claimFolder(dir, OURS);
    keep({ row: 1 });
    claimFolder(dir, THEIRS);
    // As it stood when the marker was not yet replaced.
    const marker = { ...findDataFolder(dir).marker!, store: OURS };
    writeFileSync(join(dir, 'serac.json'), JSON.stringify(marker));
    expect(claimFolder(dir, OURS).forOtherStores).toEqual([]);
    expect(await written()).toEqual(['{"row":1}']);
  });

  it('is moved without what others put beside it', () => {
    claimFolder(dir, OURS);
    const name = keep({ row: 1 });
    writeFileSync(join(dir, 'unwritten', 'notes.txt'), 'mine');
    const { folder } = claimFolder(dir, THEIRS).forOtherStores[0]!;
    expect([readdirSync(folder), readdirSync(join(dir, 'unwritten'))]).toEqual([[name], ['notes.txt']]);
  });

  it('is readable by its owner only, as all that is kept', () => {
    claimFolder(dir, OURS);
    new BatchFiles(dir, nodeFiles).keep(jsonBatch('gaps', [{ row: 1 }]), 'refused');
    keep({ row: 1 });
    claimFolder(dir, THEIRS);
    const open = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => (statSync(join(dir, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  it('stays where it is while its daemon runs: one with another store is refused', () => {
    claimFolder(dir, OURS);
    const name = keep({ row: 1 });
    writeDaemonRecord(dir, 'http://127.0.0.1:1');
    expect(() => claimFolder(dir, THEIRS)).toThrow(
      `Process ${process.pid} is recording into ${dir}, for database serac of its embedded store`,
    );
    expect(readdirSync(join(dir, 'unwritten'))).toEqual([name]);
    expect(findDataFolder(dir).store).toEqual(OURS);
  });

  it('is taken by one daemon at a time where the store is a server, which has no lock on the folder', () => {
    const server = { kind: 'server', url: 'http://127.0.0.1:1', database: 'serac' } as const;
    claimFolder(dir, server);
    expect(claimFolder(dir, server).dir).toBe(realpathSync(dir));
    writeDaemonRecord(dir, 'http://127.0.0.1:1');
    expect(() => claimFolder(dir, server)).toThrow(`Process ${process.pid} is recording into`);
  });
});

describe('the record of the daemon that runs on a folder', () => {
  it('is removed by its own daemon only', () => {
    writeDaemonRecord(dir, 'http://127.0.0.1:1');
    expect(runningDaemon(dir)).toBe(process.pid);
    const file = join(dir, 'daemon.json');
    writeFileSync(file, JSON.stringify({ pid: process.ppid, api: 'http://127.0.0.1:2' }));
    removeDaemonRecord(dir);
    expect(existsSync(file)).toBe(true);
    expect(runningDaemon(dir)).toBe(process.ppid);
    writeDaemonRecord(dir, 'http://127.0.0.1:1');
    removeDaemonRecord(dir);
    expect(existsSync(file)).toBe(false);
  });

  it('says nothing of a copy of the folder', () => {
    writeDaemonRecord(dir, 'http://127.0.0.1:1');
    const copy = `${dir} copied`;
    cpSync(dir, copy, { recursive: true });
    expect([runningDaemon(dir), runningDaemon(copy)]).toEqual([process.pid, undefined]);
    expect(() => readDaemonRecord(copy)).toThrow('No daemon is running on');
    removeDaemonRecord(copy);
    expect(runningDaemon(dir)).toBe(process.pid);
  });

  it.skipIf(!existsSync('/proc/self/stat'))('is not believed when another process has its pid', () => {
    writeFileSync(join(dir, 'daemon.json'), JSON.stringify({ pid: process.pid, startTicks: '1', api: 'http://127.0.0.1:1' }));
    expect(runningDaemon(dir)).toBeUndefined();
  });
});
