import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/daemon/node-files.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'serac-node-files-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('a file of the data folder', () => {
  it('is replaced as a whole, and readable by its owner alone', () => {
    const path = join(dir, 'seen.json');
    nodeFiles.replace(path, bytes('first'));
    nodeFiles.replace(path, bytes('second'));
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777, readdirSync(dir)]).toEqual(['second', 0o600, ['seen.json']]);
  });

  it('that could not be written leaves nothing behind that takes room', () => {
    const taken = join(dir, 'taken');
    mkdirSync(join(taken, 'inside'), { recursive: true });
    expect(() => nodeFiles.replace(taken, bytes('it'))).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(dir)).toEqual(['taken']);
  });

  it('is never made over one that is there', () => {
    const path = join(dir, 'secret');
    writeFileSync(path, 'theirs');
    expect(nodeFiles.create(path, bytes('ours'))).toBe(false);
    expect(nodeFiles.create(join(dir, 'other'), bytes('ours'))).toBe(true);
    expect([readFileSync(path, 'utf8'), readdirSync(dir).sort()]).toEqual(['theirs', ['other', 'secret']]);
  });

  it('that was removed and made again is another', () => {
    const path = join(dir, 'folder');
    nodeFiles.makeFolder(path);
    const before = nodeFiles.identity(path);
    rmSync(path, { recursive: true });
    expect(nodeFiles.identity(path)).toBeNull();
    mkdirSync(join(dir, 'between'));
    nodeFiles.makeFolder(path);
    expect(nodeFiles.identity(path)).not.toBe(before);
  });
});
