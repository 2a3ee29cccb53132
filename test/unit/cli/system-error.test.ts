import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeracError } from '../../../src/errors.js';
import { reasonOf, systemError } from '../../../src/system-error.js';

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'serac-system-error-'));
  writeFileSync(join(folder, 'file'), '');
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const taken = (): number => (server.address() as AddressInfo).port;

/** Refusals that any machine can be brought to, by the calls that Serac makes. */
const REFUSALS: readonly (readonly [string, () => unknown, string])[] = [
  ['ENOENT', () => readFileSync(join(folder, 'nothing')), 'there is no such file or folder. Name one that is there.'],
  ['EISDIR', () => readFileSync(folder), 'it is a folder. Name a file.'],
  ['EEXIST', () => mkdirSync(join(folder, 'file')), 'something of that name is there already. Move it away'],
  ['ENOTDIR', () => mkdirSync(join(folder, 'file', 'inside')), 'a part of its path is a file'],
  ['ENOTEMPTY', () => rmdirSync(folder), 'it is not empty'],
  ['ENAMETOOLONG', () => readFileSync('x'.repeat(5_000)), 'its name is too long'],
];

describe('a refusal of the operating system', () => {
  it.each(REFUSALS)('is a sentence that says what to do, and is no stack: %s', (code, call, sentence) => {
    const refused = thrownBy(call);
    expect(refused).toMatchObject({ code });
    const error = systemError(refused);
    expect(error).toBeInstanceOf(SeracError);
    expect(error!.message).toContain(sentence);
    expect(error!.message).not.toContain('\n');
  });

  it('names the port that is taken', async () => {
    const second = createServer().listen(taken(), '127.0.0.1');
    const [refused] = (await once(second, 'error')) as [Error];
    expect(systemError(refused)).toMatchObject({
      code: 'conflict',
      message: `127.0.0.1:${taken()} cannot be used (listen): it is taken. Choose another port.`,
    });
  });

  it('is found among the causes', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const free = createServer().listen(0, '127.0.0.1', () => {
        const address = free.address() as AddressInfo;
        free.close(() => resolve(address));
      });
    });
    const refused: unknown = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
    expect(systemError(refused)?.message).toContain(`127.0.0.1:${port} cannot be used (connect): nothing listens there`);
  });

  it('says which limit to raise', () => {
    const refused = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE', errno: -24, syscall: 'open', path: '/a' });
    expect(systemError(refused)?.message).toContain('ulimit -n');
    expect(reasonOf(refused)).toBe('this process has as many files open as it may');
  });

  it('is told from a fault of ours', () => {
    expect(systemError(new TypeError('x is not a function'))).toBeUndefined();
    const typed = new SeracError('conflict', 'said already');
    expect(systemError(typed)).toBe(typed);
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was refused');
}
