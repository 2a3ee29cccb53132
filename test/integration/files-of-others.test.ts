import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newTempName } from '../../src/store/leftovers.js';
import { storePaths } from '../../src/store/paths.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { storePid } from '../support/integration/recording-daemon.js';
import { endAll, Serac, serac, seracJson } from '../support/integration/serac.js';

let folder: Folder;

/** A folder that a demo recorded into. Its name has a space. */
let recorded: string;

beforeAll(async () => {
  folder = temporaryFolder();
  recorded = folder.at('what I recorded');
  await seracJson(['demo', '--seconds', '2', '--port', '0', '--seed', '7', '--json', '--data', recorded]);
});
afterEach(endAll);
afterAll(() => folder.remove());

const READS = [
  ['gaps'],
  ['candles', 'binance:BTC-USDT', '1m'],
  ['trades', 'binance:BTC-USDT'],
  ['feeds'],
  ['sinks'],
  ['verify'],
  ['verify', '--fix'],
] as const;

const everything = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => `${name} ${(statSync(join(dir, name)).mode & 0o777).toString(8)}`);

async function refused(args: readonly string[], sentence: RegExp): Promise<void> {
  const { code, stderr } = await serac(args);
  // Where a folder is a setting, as of run, a wrong one is a wrong call.
  expect([args[0] === 'run' ? 2 : 1, stderr], args.join(' ')).toEqual([code, expect.stringMatching(sentence)]);
  expect(stderr.trim().split('\n'), 'one sentence, no stack').toHaveLength(1);
}

describe('a folder that Serac did not make', () => {
  it('is refused in one sentence by every command, and nothing in it is touched', async () => {
    const theirs = folder.at('theirs');
    mkdirSync(join(theirs, 'tmp'), { recursive: true });
    writeFileSync(join(theirs, 'tmp', 'precious.txt'), 'x');
    const file = folder.at('capture');
    writeFileSync(file, '1 {}\n');
    const before = everything(theirs);
    const writes = [
      ['store', '--port', '0'],
      ['demo', '--seconds', '1', '--port', '0'],
      ['replay', file, '--venue', 'binance'],
      ['run', '--port', '0'],
      ['backfill', 'binance:BTC-USDT', '--from', '2026-11-01', '--to', '2026-11-02'],
    ];
    await Promise.all([...READS, ...writes].map((args) => refused([...args, '--data', theirs], /not a data folder of Serac|is not empty/)));
    const { stdout } = await serac(['doctor', '--data', theirs, '--json']);
    expect(stdout.toString()).toContain('not a data folder of Serac');
    expect(everything(theirs)).toEqual(before);
  });

  it('is not made by what reads', async () => {
    await Promise.all(READS.map((args) => refused([...args, '--data', folder.at('absent')], /Data folder .*absent does not exist/)));
    await serac(['doctor', '--data', folder.at('absent'), '--json']);
    expect(existsSync(folder.at('absent'))).toBe(false);
  });
});

describe('a folder of Serac', () => {
  it('has nothing that other users can read', () => {
    const open = execFileSync('find', [recorded, '!', '-type', 'l', '-perm', '/077'], { encoding: 'utf8' });
    expect(open).toBe('');
  });

  it('keeps the files of others in its tmp/ when it is read', async () => {
    writeFileSync(join(recorded, 'tmp', 'precious.txt'), 'x');
    writeFileSync(join(recorded, 'tmp', newTempName()), 'left by a kill');
    await seracJson(['gaps', '--data', recorded, '--json']);
    expect(readdirSync(join(recorded, 'tmp'))).toEqual(['precious.txt']);
    rmSync(join(recorded, 'tmp', 'precious.txt'));
  });

  it('of the version before markers is read without one, and gets one from what writes', async () => {
    const marker = join(recorded, 'serac.json');
    rmSync(marker);
    const { data } = await seracJson<{ data: unknown[] }>(['trades', 'binance:BTC-USDT', '--data', recorded, '--format', 'json']);
    expect(data.length).toBeGreaterThan(0);
    expect(existsSync(marker)).toBe(false);
    expect(await seracJson(['verify', '--fix', '--data', recorded, '--json'])).toMatchObject({ ok: true });
    expect(existsSync(marker)).toBe(true);
  });
});

it.skipIf(process.platform !== 'linux')('a demo removes what a killed one left in the temporary folder and in memory', async () => {
  const temporary = folder.at('temporary');
  mkdirSync(temporary);
  const options = { env: { TMPDIR: temporary } };
  const demo = new Serac(['demo', '--port', '0'], options);
  const [, dataDir] = await demo.line(/^Data in (\S+?)\. /);
  const { memoryTempDir } = storePaths(dataDir!);
  // The store first, so that it cannot clean up: as when all processes are killed at once.
  demo.child.kill('SIGSTOP');
  process.kill(storePid(dataDir!)!, 'SIGKILL');
  writeFileSync(join(memoryTempDir, newTempName()), 'a batch on its way');
  await demo.end('SIGKILL');
  expect([existsSync(dataDir!), existsSync(memoryTempDir), existsSync(`${memoryTempDir}.owner`)]).toEqual([true, true, true]);
  await seracJson(['demo', '--seconds', '1', '--port', '0', '--json'], options);
  expect(readdirSync(temporary)).toEqual([]);
  expect([existsSync(memoryTempDir), existsSync(`${memoryTempDir}.owner`)]).toEqual([false, false]);
});
