import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDataFolder } from '../../../src/store/data-folder.js';
import { storeOf } from '../../../src/store/folder-marker.js';
import { newTempName, removeLeftovers, writeOwner } from '../../../src/store/leftovers.js';
import { ownIdentity, type ProcessIdentity } from '../../../src/store/process-identity.js';
import { defaultStoreLimits } from '../../../src/store/server/limits.js';
import { TempFiles } from '../../../src/store/server/temp-files.js';
import { temporaryFolder } from '../../support/store-process.js';

/** A process that has ended. */
const GONE: ProcessIdentity = { ...ownIdentity(), pid: spawnSync('true').pid, startTicks: '1' };

let folder: ReturnType<typeof temporaryFolder>;
let tempDir: string;
let memoryDir: string;
beforeEach(() => {
  folder = temporaryFolder();
  [tempDir, memoryDir] = [join(folder.path, 'tmp'), join(folder.path, 'shm')];
  mkdirSync(tempDir);
  mkdirSync(memoryDir);
});
afterEach(() => folder.remove());

const remove = (): Promise<void> =>
  removeLeftovers(tempDir, memoryDir, (path, error) => {
    throw new Error(path, { cause: error });
  });

/** A data folder as a demo makes it, with something recorded. */
function demoFolder(name: string, temporaryFor: ProcessIdentity | undefined): string {
  const dir = join(tempDir, name);
  makeDataFolder(dir, { store: storeOf({ database: 'serac' }), madeBy: 'demo', ...(temporaryFor && { temporaryFor }) });
  mkdirSync(join(dir, 'clickhouse', 'store'), { recursive: true });
  writeFileSync(join(dir, 'clickhouse', 'store', 'part'), 'x');
  return dir;
}

function memoryFolder(digit: string, owner: ProcessIdentity, dataDir: string): string {
  const dir = join(memoryDir, `serac-${digit.repeat(16)}`);
  mkdirSync(dir, { mode: 0o700 });
  writeOwner(dir, dataDir);
  writeFileSync(`${dir}.owner`, JSON.stringify({ ...owner, dataDir }));
  writeFileSync(join(dir, newTempName()), 'x');
  return dir;
}

describe('what killed processes left', () => {
  it('goes, with all that their stores kept in memory', async () => {
    const demo = demoFolder('serac-demo-Abc123', GONE);
    memoryFolder('a', GONE, demo);
    memoryFolder('b', GONE, join(folder.path, 'long gone'));
    await remove();
    expect([readdirSync(tempDir), readdirSync(memoryDir)]).toEqual([[], []]);
  });

  it.each([
    ['the process runs', () => demoFolder('serac-demo-Abc123', ownIdentity())],
    ['it is a folder to keep', () => demoFolder('serac-demo-Abc123', undefined)],
    ['the process is one of another container', () => demoFolder('serac-demo-Abc123', { ...GONE, scope: 'elsewhere' })],
    ['it has a name of its own', () => demoFolder('my-demo', GONE)],
    ['it is a link', () => symlinkSync(demoFolder('my-demo', GONE), join(tempDir, 'serac-demo-Abc123'))],
    ['others can write to it', () => chmodSync(demoFolder('serac-demo-Abc123', GONE), 0o777)],
    ['it has no marker', () => mkdirSync(join(tempDir, 'serac-demo-Abc123', 'clickhouse'), { recursive: true, mode: 0o700 })],
    ['its store runs', () => writeStoreRecord(demoFolder('serac-demo-Abc123', GONE))],
    ['the data folder in use is there', () => memoryFolder('a', GONE, folder.path)],
    ['the store runs', () => memoryFolder('a', ownIdentity(), '/nowhere')],
    ['the folder in memory belongs to nobody known', () => rmSync(`${memoryFolder('a', GONE, '/nowhere')}.owner`)],
    ['there is more in the folder in memory', () => writeFileSync(join(memoryFolder('a', GONE, '/nowhere'), 'mine'), 'x')],
  ])('stays where it is not surely ours: %s', async (why, prepare) => {
    prepare();
    const before = everything();
    await remove();
    const after = everything();
    if (why.startsWith('there is more')) expect(after).toContain('shm/serac-aaaaaaaaaaaaaaaa/mine');
    else expect(after).toEqual(before);
  });
});

describe("a store's temporary files", () => {
  it('have names of ours, and a store removes no others: neither at its start nor at its end', async () => {
    const paths = { dataDir: folder.path, tempDir, memoryTempDir: join(memoryDir, 'serac-0123456789abcdef') };
    mkdirSync(paths.memoryTempDir, { mode: 0o700 });
    mkdirSync(join(tempDir, 'thesis'));
    for (const dir of [tempDir, paths.memoryTempDir]) {
      writeFileSync(join(dir, 'precious.tmp'), 'x');
      writeFileSync(join(dir, newTempName()), 'left by a kill');
    }
    const temp = TempFiles.open(paths, defaultStoreLimits);
    expect([readdirSync(tempDir).sort(), readdirSync(paths.memoryTempDir)]).toEqual([['precious.tmp', 'thesis'], ['precious.tmp']]);
    async function* data(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from('x'));
    }
    await temp.write(data(), 1);
    expect(readdirSync(paths.memoryTempDir)).toHaveLength(2);
    temp.removeAll();
    expect([readdirSync(tempDir).sort(), readdirSync(paths.memoryTempDir)]).toEqual([['precious.tmp', 'thesis'], ['precious.tmp']]);
    rmSync(join(paths.memoryTempDir, 'precious.tmp'));
    temp.removeAll();
    expect(existsSync(paths.memoryTempDir)).toBe(false);
    expect(readdirSync(memoryDir)).toEqual([]);
  });

  it('go by the disk where another user has the place in memory', () => {
    const paths = { dataDir: folder.path, tempDir, memoryTempDir: join(memoryDir, 'serac-0123456789abcdef') };
    const victim = join(folder.path, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, paths.memoryTempDir);
    TempFiles.open(paths, defaultStoreLimits).removeAll();
    expect(existsSync(victim)).toBe(true);
  });
});

function writeStoreRecord(dir: string): void {
  const record = { port: 1, pid: process.pid, instanceId: 'x', secretFile: 'x', startedAt: 'x', version: 'x' };
  writeFileSync(join(dir, 'store.json'), JSON.stringify(record));
}

function everything(): string[] {
  return readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort();
}
