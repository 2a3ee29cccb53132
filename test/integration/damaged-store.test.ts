import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, seracJson } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { askStore, Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const RATE = 1_000;
const RECORD_MS = 1_500;
const READY_MAX_MS = 30_000;
const WHOLE_MAX_MS = 30_000;
const NOTICED_MAX_MS = 5_000;

let folder: Folder;
let venue: SimulatedVenue;
let config: string;

beforeEach(async () => {
  folder = temporaryFolder();
  venue = await SimulatedVenue.start(seeded('damaged-store').seed, RATE);
  config = writeConfig(folder, venue);
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe('a store that is damaged', () => {
  it('in parts of trades and candles between two runs: recording goes on, what is gone is named, and repaired', async () => {
    const first = await recording();
    await first.stop();
    const store = await Stored.open(folder.at('data'));
    for (const table of ['trades_data', 'candles_data']) damage(join(await largestPart(table, (sql) => store.rows(sql)), 'data.bin'));
    await store.close();

    const daemon = await recording();
    const { stderr } = daemon.process;
    expect(stderr).toContain('a part of a table is damaged and was moved to detached/');
    await whole(daemon);
    const { data } = await daemon.get<{ data: { reason: string; state: string }[] }>('/v1/gaps?state=closed&limit=1000');
    expect(data.some(({ reason }) => reason === 'damaged')).toBe(true);
    const { checks } = await seracJson<{ checks: { name: string; ok: boolean | null; detail: string }[] }>([
      'doctor',
      '-c',
      config,
      '--json',
    ]);
    expect(checks.find(({ name }) => name === 'damaged parts')).toMatchObject({ ok: null });
    await isTrue(daemon);
    // What was looked into once is not looked into again.
    const again = await recording();
    expect(again.process.stderr).not.toContain('detached');
    await again.stop();
  });

  it('in a part of trades while it runs: recording goes on, and what is gone is repaired', async () => {
    const daemon = await recording();
    const sql = async (query: string): Promise<{ path: string }[]> => [{ path: (await askStore(folder.at('data'), query)).trim() }];
    damage(join(await largestPart('trades_data', sql), 'data.bin'));
    await askStore(folder.at('data'), 'SELECT * FROM trades_data FORMAT Null').catch(() => undefined);
    await expect.poll(() => daemon.process.stderr, { timeout: 15_000 }).toContain('recording restarts from what is stored');
    await whole(daemon);
    await isTrue(daemon);
  });

  it.each([
    ['by the removal of all that is in its folder', (data: string) => empty(join(data, 'clickhouse'))],
    ['by the removal of the whole data folder', remove],
  ])('%s while it runs: that is said at once, and everything comes back', async (_how, harm) => {
    const daemon = await recording();
    harm(folder.at('data'));
    const gone = performance.now();
    for (let said = ''; !said.includes('was removed while the store ran');) {
      await sleep(20);
      const response = await fetch(`${daemon.address}/health/ready`);
      said = response.status === 200 ? '' : await response.text();
      expect(performance.now() - gone, `readiness says it:\n${daemon.process.stderr}`).toBeLessThan(NOTICED_MAX_MS);
    }
    await whole(daemon);
    await isTrue(daemon);
  });
});

/** A daemon that has recorded for a while. */
async function recording(): Promise<RecordingDaemon> {
  const daemon = new RecordingDaemon(folder.at('data'), config);
  await daemon.ready(READY_MAX_MS);
  await sleep(RECORD_MS);
  return daemon;
}

async function largestPart(table: string, rows: (sql: string) => Promise<{ path: string }[]>): Promise<string> {
  const [row] = await rows(`SELECT path FROM system.parts WHERE table = '${table}' AND active ORDER BY rows DESC LIMIT 1`);
  return row!.path;
}

/** Overwrites eight bytes in the middle of a file. */
function damage(path: string): void {
  const file = openSync(path, 'r+');
  const bytes = Buffer.alloc(8);
  const at = Math.floor(statSync(path).size / 2);
  readSync(file, bytes, 0, 8, at);
  writeSync(
    file,
    bytes.map((byte) => byte ^ 0xff),
    0,
    8,
    at,
  );
  closeSync(file);
}

/** Removes a folder in which new files are made meanwhile. */
function remove(path: string): void {
  while (existsSync(path)) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

/** Removes what is in a folder at this moment, each once; what is made meanwhile stays. */
function empty(path: string): void {
  for (const name of readdirSync(path)) remove(join(path, name));
}

/** Resolves when the daemon is ready and no ids are missing any more. */
async function whole(daemon: RecordingDaemon): Promise<void> {
  const missing = async (): Promise<unknown> => {
    const { status } = await fetch(`${daemon.address}/health/ready`);
    if (status !== 200) return status;
    const { data } = await daemon.get<{ data: { state: string }[] }>('/v1/gaps?limit=1000');
    return data.filter(({ state }) => state !== 'closed');
  };
  await expect.poll(missing, { timeout: WHOLE_MAX_MS, interval: 100 }).toEqual([]);
}

/** Stops everything: what is stored has to be what the exchange knows. */
async function isTrue(daemon: RecordingDaemon): Promise<void> {
  await venue.pause();
  await sleep(500);
  // A stop has 4.5 s: what was repaired is folded again before.
  for (let before = -1; ;) {
    await sleep(1_000);
    const now = await daemon.metric('serac_refolded_windows_total');
    if (now === before) break;
    before = now;
  }
  const { code, stderr } = await daemon.stop();
  expect(code, stderr).toBe(0);
  const stored = await Stored.open(folder.at('data'));
  try {
    const verdict = await judge(stored, venue);
    expect(verdict, stderr).toMatchObject({
      ...{ missing: [], owed: [], different: [], absent: [], falselyComplete: [], misjudged: [], unnoted: [] },
    });
    expect(verdict.trades).toBeGreaterThan(0);
  } finally {
    await stored.close();
  }
  await venue.resume();
}
