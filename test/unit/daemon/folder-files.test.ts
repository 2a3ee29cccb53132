import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import { FolderFiles } from '../../../src/daemon/folder-files.js';
import { findDataFolder, makeDataFolder } from '../../../src/store/data-folder.js';

let parent: string;
let dir: string;
let files: FolderFiles;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'serac-folder-files-'));
  dir = join(parent, 'data');
  makeDataFolder(dir, { store: { kind: 'embedded', database: 'serac' }, madeBy: 'run' });
  writeFileSync(join(dir, 'secret'), 'the first\n');
  writeFileSync(join(dir, 'control'), 'a token\n');
  files = new FolderFiles(dir, nodeFiles);
  files.keep();
});

afterEach(() => rmSync(parent, { recursive: true }));

describe('the files that make a data folder', () => {
  it('come back as they were when the whole folder is removed', () => {
    const { marker } = findDataFolder(dir);
    writeFileSync(join(dir, 'secret'), 'a rotated one\n');
    files.keep();
    rmSync(dir, { recursive: true });
    expect(files.keep()).toEqual(['serac.json', 'secret', 'control']);
    expect(findDataFolder(dir).marker).toEqual(marker);
    expect(readFileSync(join(dir, 'secret'), 'utf8')).toBe('a rotated one\n');
    expect(readdirSync(dir).sort()).toEqual(['control', 'secret', 'serac.json']);
    expect([statSync(dir).mode & 0o777, statSync(join(dir, 'secret')).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(files.keep()).toEqual([]);
  });

  it('come back when the marker alone is removed, and what is there stays', () => {
    rmSync(join(dir, 'serac.json'));
    writeFileSync(join(dir, 'secret'), 'a newer one\n');
    expect(files.keep()).toEqual(['serac.json']);
    expect(readFileSync(join(dir, 'secret'), 'utf8')).toBe('a newer one\n');
  });

  it('may be deleted one by one, so that the next start makes others', () => {
    rmSync(join(dir, 'control'));
    expect(files.keep()).toEqual([]);
    expect(readdirSync(dir)).not.toContain('control');
    expect(files.keep()).toEqual([]);
    rmSync(join(dir, 'serac.json'));
    expect(files.keep(), 'one that stayed away is forgotten').toEqual(['serac.json']);
  });

  it('have the record of the daemon come back where it alone is removed', () => {
    writeFileSync(join(dir, 'daemon.json'), '{"pid":1}');
    files.keep();
    rmSync(join(dir, 'daemon.json'));
    expect(files.keep()).toEqual(['daemon.json']);
    expect(readFileSync(join(dir, 'daemon.json'), 'utf8')).toBe('{"pid":1}');
    expect(files.keep()).toEqual([]);
  });

  it('all come back where the folder is being removed while they are looked at', () => {
    writeFileSync(join(dir, 'daemon.json'), '{"pid":1}');
    files.keep();
    rmSync(join(dir, 'control'));
    rmSync(join(dir, 'secret'));
    expect(files.keep()).toEqual([]);
    rmSync(dir, { recursive: true });
    expect(files.keep()).toEqual(['serac.json', 'secret', 'control', 'daemon.json']);
  });

  it('are said to be lost where they cannot be written again', () => {
    rmSync(parent, { recursive: true });
    writeFileSync(parent, '');
    expect(() => files.keep()).toThrow(/ENOTDIR|EEXIST/);
  });
});
