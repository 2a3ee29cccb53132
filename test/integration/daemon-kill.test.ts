import { existsSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { isAlive, processesNaming } from '../support/integration/processes.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, seracJson } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { askStore, Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const ROUNDS = 20;
/** Every so many rounds the daemon is killed once more while it starts. */
const EARLY_KILL_EVERY = 4;
const RATE = 2_000;
/** What half of the starts take at most: two seconds on a quiet machine, and this one may be busy with other things. */
const READY_MEDIAN_MAX_MS = 5_000;
const READY_MAX_MS = 30_000;
const STORE_GONE_WITHIN_MS = 2_000;

let folder: Folder;
let venue: SimulatedVenue;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe('a killed daemon', () => {
  it(`has lost no acknowledged row and says of no candle more than is true, ${ROUNDS} times`, async () => {
    const random = seeded('daemon-kill');
    venue = await SimulatedVenue.start(random.seed, RATE);
    const config = writeConfig(folder, venue);
    const dataDir = folder.at('data');
    const readyAfter: number[] = [];
    let mustBeStored = new Set<string>();

    for (let round = 0; round < ROUNDS; round++) {
      const where = `round ${round}, seed ${random.seed}`;
      const daemon = new RecordingDaemon(dataDir, config);
      readyAfter.push(await daemon.ready(READY_MAX_MS));

      expect(await countedAndNotStored(dataDir), `candles of trades that are not stored, ${where}`).toEqual([]);
      const found = await storedIds(dataDir);
      expect(
        [...mustBeStored].filter((id) => !found.has(id)),
        `stored once and gone, ${where}`,
      ).toEqual([]);

      const live = { ids: found, counted: [] as string[], over: false };
      const watching = watch(daemon, live);
      await sleep(random.between(300, 2_000));
      live.over = true;
      const store = daemon.storePid!;
      const killedAt = performance.now();
      await daemon.kill();
      await watching;
      mustBeStored = live.ids;
      expect(live.counted, `candles of trades that are not stored yet, ${where}`).toEqual([]);

      if (round % EARLY_KILL_EVERY === 0) {
        // Where the next one is killed on its way up, it finds a folder that two have left in a hurry.
        const early = new RecordingDaemon(dataDir, config);
        await sleep(random.between(0, 900));
        await early.kill();
      }
      while (isAlive(store) && performance.now() - killedAt < STORE_GONE_WITHIN_MS) await sleep(5);
      expect(isAlive(store), `the store outlives its daemon, ${where}`).toBe(false);
    }

    const last = new RecordingDaemon(dataDir, config);
    readyAfter.push(await last.ready(READY_MAX_MS));
    await sleep(2_500);
    const stoppedAt = performance.now();
    const { code, stderr } = await last.stop();
    expect(code, stderr).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(processesNaming(folder.path)).toEqual([]);
    expect(existsSync(folder.at('data', 'store.json'))).toBe(false);

    const verified = await seracJson<{ ok: boolean }>(['verify', '--data', dataDir, '--json']);
    expect(verified).toMatchObject({ ok: true });
    const stored = await Stored.open(dataDir);
    try {
      const { missing, ...verdict } = await judge(stored, venue);
      const sorted = readyAfter.map(Math.round).sort((a, b) => a - b);
      process.stdout.write(
        `daemon-kill: ready after ${sorted[Math.floor(sorted.length / 2)]} ms (median; ${sorted[0]} to ${sorted[sorted.length - 1]}), ` +
          `${verdict.trades} trades, ${missing.length} sent to a dying daemon, ${verdict.candles} candles, ${verdict.proven} proven\n`,
      );
      expect(verdict).toMatchObject({ different: [], falselyComplete: [], misjudged: [], unnoted: [] });
      expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(READY_MEDIAN_MAX_MS);
      expect(verdict.proven).toBeGreaterThan(ROUNDS);
    } finally {
      await stored.close();
    }
  });
});

/** Seconds whose stored candle counts more trades than are stored. The candles are read first: what they count was stored by then. */
async function countedAndNotStored(dataDir: string): Promise<string[]> {
  const candles = await askStore(
    dataDir,
    "SELECT symbol, toUnixTimestamp(open_time), trade_count FROM candles WHERE interval = '1s' FORMAT TSV",
  );
  const trades = await askStore(
    dataDir,
    'SELECT symbol, intDiv(toUnixTimestamp64Micro(event_time), 1000000) AS second, uniqExact(trade_id) FROM trades_data GROUP BY symbol, second FORMAT TSV',
  );
  const stored = new Map(rowsOf(trades).map(([symbol, second, count]) => [`${symbol} ${second}`, Number(count)]));
  return rowsOf(candles)
    .filter(([symbol, second, count]) => Number(count) > (stored.get(`${symbol} ${second}`) ?? 0))
    .map(([symbol, second, count]) => `${symbol} ${second}: ${count} counted, ${stored.get(`${symbol} ${second}`) ?? 0} stored`);
}

function rowsOf(tsv: string): string[][] {
  return tsv
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Notes, until it is told to stop, which ids are stored: what the last whole answer named must never be missing again. */
async function watch(daemon: RecordingDaemon, live: { ids: Set<string>; counted: string[]; over: boolean }): Promise<void> {
  while (!live.over) {
    try {
      live.ids = await storedIds(daemon.dataDir);
      live.counted.push(...(await countedAndNotStored(daemon.dataDir)));
    } catch {
      return;
    }
    await sleep(50);
  }
}

async function storedIds(dataDir: string): Promise<Set<string>> {
  const text = await askStore(dataDir, 'SELECT symbol, trade_id FROM trades_data FORMAT CSV');
  return new Set(text.trim().split('\n'));
}
