import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markDataFolder, assignStore, findDataFolder, makeDataFolder } from '../../../src/store/data-folder.js';
import { isSameStore, makeMarker, MARKER_NAME, storeOf, type FolderMaker } from '../../../src/store/folder-marker.js';
import { temporaryFolder } from '../../support/store-process.js';

const EMBEDDED: FolderMaker = { store: storeOf({ database: 'serac' }), madeBy: 'run' };
const SERVER: FolderMaker = { store: storeOf({ url: 'http://clickhouse:8123', database: 'serac' }), madeBy: 'run' };

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;
beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder.path, 'data of mine');
});
afterEach(() => folder.remove());

const mode = (...names: string[]): number => statSync(join(dir, ...names)).mode & 0o777;
const fill = (names: Record<string, string | null>): void => {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(names)) {
    if (text === null) mkdirSync(join(dir, name));
    else writeFileSync(join(dir, name), text);
  }
};
const OLD_EMBEDDED = { clickhouse: null, secret: `${'a1'.repeat(32)}\n`, tmp: null, control: 'x', 'store.json.77': '', unwritten: null };
const OLD_OF_SERVER = { control: 'x', 'daemon.json': '{}', refused: null };

describe('a folder that is absent or empty', () => {
  it('is made by what records, with a marker that says whose it is, for its owner only', () => {
    const made = makeDataFolder(dir, EMBEDDED);
    expect(made).toMatchObject({ dir: realpathSync(dir), marker: { format: 1, store: EMBEDDED.store, madeBy: 'run' } });
    expect([mode(), mode(MARKER_NAME)]).toEqual([0o700, 0o600]);
    expect(makeDataFolder(dir, { ...EMBEDDED, madeBy: 'replay' }), 'it is made once').toEqual(made);
    expect(findDataFolder(dir)).toEqual(made);
    expect(readdirSync(dir)).toEqual([MARKER_NAME]);
  });

  it('is made where a disk is mounted, and becomes private', () => {
    fill({ 'lost+found': null });
    chmodSync(dir, 0o755);
    expect(makeDataFolder(dir, EMBEDDED).marker).toBeDefined();
    expect(mode()).toBe(0o700);
  });

  it.runIf(existsSync('/proc/self'))('is refused at once where the file system takes no folders', () => {
    expect(() => makeDataFolder('/proc/serac', EMBEDDED)).toThrow('Cannot create a folder in /proc: choose another place with --data.');
  });

  it('is refused by what reads, which makes nothing', () => {
    expect(() => findDataFolder(dir)).toThrow(`Data folder ${dir} does not exist`);
    expect(() => markDataFolder(dir, EMBEDDED)).toThrow(`Data folder ${dir} does not exist`);
    expect(existsSync(dir)).toBe(false);
    mkdirSync(dir);
    expect(() => findDataFolder(dir)).toThrow(`${dir} is not a data folder of Serac`);
    expect(() => markDataFolder(dir, EMBEDDED)).toThrow('is not a data folder of Serac');
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('a folder of something else', () => {
  it.each([
    ['a file', { 'thesis.txt': 'words' }],
    ['a tmp of its own', { tmp: null }],
    ["a ClickHouse's folder", { clickhouse: null }],
    ['a database and a secret that is not of our shape', { clickhouse: null, secret: 'x' }],
    ['what looks like ours, and more', { ...OLD_EMBEDDED, 'thesis.txt': 'words' }],
    ['a control file, and more', { ...OLD_OF_SERVER, 'panel.html': '' }],
  ])('is refused and left as it is: %s', (_, names: Record<string, string | null>) => {
    fill(names);
    chmodSync(dir, 0o755);
    const before = readdirSync(dir);
    for (const open of [() => findDataFolder(dir), () => markDataFolder(dir, EMBEDDED), () => makeDataFolder(dir, EMBEDDED)]) {
      expect(open).toThrow(/not a data folder of Serac.*--data\.$/);
    }
    expect(readdirSync(dir)).toEqual(before);
    expect(mode()).toBe(0o755);
  });
});

describe('a folder of the version before markers', () => {
  it.each([
    ['embedded', OLD_EMBEDDED, EMBEDDED],
    ['of a server', OLD_OF_SERVER, SERVER],
  ])('is read as it is, and gets its marker from what writes: %s', (_, names, maker) => {
    fill(names);
    chmodSync(dir, 0o755);
    expect(findDataFolder(dir)).toMatchObject({ dir, marker: undefined });
    expect([existsSync(join(dir, MARKER_NAME)), mode()]).toEqual([false, 0o755]);
    expect(markDataFolder(dir, maker)).toMatchObject({ marker: { store: maker.store } });
    expect(mode()).toBe(0o700);
    expect(findDataFolder(dir).store).toEqual(maker.store);
  });

  it('belongs to its own store, also when a server is configured now', () => {
    fill(OLD_EMBEDDED);
    expect(makeDataFolder(dir, SERVER).store).toEqual(EMBEDDED.store);
  });
});

it('has one marker, however many make it at the same time', () => {
  // Another process has looked as well: its draft is there, and then its marker.
  fill({ 'serac.json.0123456789ab': '{' });
  const first = makeDataFolder(dir, EMBEDDED).marker;
  expect(makeMarker(dir, { ...EMBEDDED, madeBy: 'replay' })).toEqual(first);
  expect(readdirSync(dir)).toEqual([MARKER_NAME, 'serac.json.0123456789ab']);
});

it('names the store of another from now on, and stays the same folder', () => {
  const made = makeDataFolder(dir, EMBEDDED);
  const moved = assignStore(made, SERVER.store);
  expect(moved.marker).toEqual({ ...made.marker, store: SERVER.store });
  expect(findDataFolder(dir)).toEqual(moved);
});

it('tells stores apart by server and database, and keeps no credentials', () => {
  const store = storeOf({ url: 'https://me:hunter2@ClickHouse:8443/?password=hunter2#x', database: 'a' });
  expect(store).toEqual({ kind: 'server', url: 'https://clickhouse:8443', database: 'a' });
  expect(isSameStore(store, storeOf({ url: 'https://clickhouse:8443/', database: 'a' }))).toBe(true);
  expect(isSameStore(store, storeOf({ url: 'https://clickhouse:8443', database: 'b' }))).toBe(false);
  expect(isSameStore(store, storeOf({ database: 'a' }))).toBe(false);
});

describe('what cannot be a data folder', () => {
  const both = (path: string, sentence: RegExp): void => {
    for (const open of [() => findDataFolder(path), () => makeDataFolder(path, EMBEDDED)]) {
      expect(open).toThrow(expect.objectContaining({ name: 'SeracError', message: expect.stringMatching(sentence) as string }) as Error);
    }
  };

  it('is named for what it is, in a sentence', () => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'file'), '');
    both(join(dir, 'file'), /file is a file: name a folder/);
    both(join(dir, 'file', 'below'), /A part of the path .* is a file/);
    symlinkSync(join(dir, 'nowhere', 'else'), join(dir, 'link'));
    both(join(dir, 'link'), /link is a broken symbolic link/);
    both('', /is empty/);
  });

  it('is a folder with a marker that cannot be read or understood', () => {
    makeDataFolder(dir, EMBEDDED);
    writeFileSync(join(dir, MARKER_NAME), '{"format": 1');
    both(dir, /serac\.json is damaged: restore it/);
    writeFileSync(join(dir, MARKER_NAME), JSON.stringify({ format: 2, id: 'x', stores: [] }));
    both(dir, /newer Serac \(format 2; this one knows 1\): upgrade/);
    rmSync(join(dir, MARKER_NAME));
    mkdirSync(join(dir, MARKER_NAME));
    both(dir, /Cannot use the data folder .* \(EISDIR/);
  });

  it.skipIf(process.getuid?.() === 0)('is one that this user may not read', () => {
    makeDataFolder(dir, EMBEDDED);
    chmodSync(dir, 0);
    both(dir, /Permission denied for the data folder/);
    chmodSync(dir, 0o700);
  });
});

it('is found through a symbolic link', () => {
  const made = makeDataFolder(dir, EMBEDDED);
  const link = join(folder.path, 'link');
  symlinkSync(dir, link);
  expect(findDataFolder(link)).toEqual(made);
  expect(makeDataFolder(link, EMBEDDED)).toEqual(made);
  expect(JSON.parse(readFileSync(join(link, MARKER_NAME), 'utf8'))).toEqual(made.marker);
});
