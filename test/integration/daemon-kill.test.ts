import { existsSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { isAlive, processesNaming } from '../support/integration/processes.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, seracJson } from '../support/integration/serac.js';
import { ServedTruth } from '../support/integration/served-truth.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { askStore, Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';
import { effort } from '../support/effort.js';

const ROUNDS = effort(30, 10);
/** Every so many rounds the daemon is killed once more while it starts. */
const EARLY_KILL_EVERY = 6;
/** Every so many rounds it has not the time to fill what it owes. */
const UNFILLED_EVERY = 3;
/** So many that some seconds away cost each market a page or two of REST: a daemon asks for 23 of them in a minute, and then waits. */
const RATE = 700;
/** What half of the starts take at most: two seconds on a quiet machine, and this one may be busy with other things. */
const READY_MEDIAN_MAX_MS = 5_000;
const READY_MAX_MS = 30_000;
/** Where a minute's weights are spent, a repair waits for the next minute. */
const FILLED_MAX_MS = 75_000;
const STORE_GONE_WITHIN_MS = 2_000;
/** Every market but the quiet one, which may not trade at all while the test runs. */
const BUSY = 4;

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
  it(`has lost no acknowledged row, fills what it missed and says of no candle more than is true, ${ROUNDS} times`, async () => {
    const random = seeded('daemon-kill');
    venue = await SimulatedVenue.start(random.seed, RATE);
    const config = writeConfig(folder, venue);
    const dataDir = folder.at('data');
    const readyAfter: number[] = [];
    const filledAfter: number[] = [];
    let kept: readonly KeptRows[] = [];
    let claims = 0;

    for (let round = 0; round < ROUNDS; round++) {
      const where = `round ${round}, seed ${random.seed}`;
      const daemon = new RecordingDaemon(dataDir, config);
      readyAfter.push(await daemon.ready(READY_MAX_MS));
      const readyAt = performance.now();
      expect(await lostSince(dataDir, kept), `stored once and gone, ${where}`).toEqual([]);
      const truth = new ServedTruth(daemon.address, venue);
      const live = { kept, counted: [] as string[], over: false };
      const watching = watch(dataDir, live);

      // Every third is killed in the middle of the repair, and leaves what it owes to the next.
      if (round % UNFILLED_EVERY !== UNFILLED_EVERY - 1) {
        await untilFilled(daemon, kept, where);
        filledAfter.push(performance.now() - readyAt);
      }
      await sleep(random.between(0, 600));

      const store = daemon.storePid!;
      const killedAt = performance.now();
      await daemon.kill();
      live.over = true;
      await Promise.all([watching, truth.stop()]);
      kept = live.kept;
      claims += truth.claims;
      expect(live.counted, `candles of trades that are not stored yet, ${where}`).toEqual([]);
      expect(truth.problems, `candles called complete that are not, ${where}`).toEqual([]);

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
    await untilFilled(last, kept, `the end, seed ${random.seed}`);
    const { symbols, traffic } = await venue.pause();
    const newest = Object.fromEntries(symbols.map(({ symbol, last_trade_id }) => [symbol.replace('USDT', '-USDT'), String(last_trade_id)]));
    await untilStoredUpTo(newest, last, `the pause at the end, seed ${random.seed}`);
    await untilFilled(last, kept, `the pause at the end, seed ${random.seed}`);
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
      // What a daemon had received and not kept when it was killed is there all the same in the end. Only what lies before the first trade
      // that is kept of a market, or after the last, nobody can know of: that of the quiet one may be such.
      const { missing, ...verdict } = await judge(stored, venue);
      process.stdout.write(
        `daemon-kill: ready after ${spread(readyAfter)}, holes filled ${spread(filledAfter)} later; ${verdict.trades} trades, ` +
          `${verdict.owed.length} missing, ${missing.length} of which nobody can know, ${verdict.candles} candles, ${verdict.proven} proven; ` +
          `${claims} served as complete while it ran; REST ${JSON.stringify(traffic.rest)}\n`,
      );
      expect(verdict).toMatchObject({ different: [], owed: [], absent: [], falselyComplete: [], misjudged: [], unnoted: [] });
      expect(Object.keys(traffic.rest), 'REST within its weights').toEqual(['200']);
      expect(median(readyAfter)).toBeLessThan(READY_MEDIAN_MAX_MS);
      expect(verdict.proven).toBeGreaterThan(ROUNDS);
      expect(claims).toBeGreaterThan(ROUNDS);
    } finally {
      await stored.close();
    }
  });
});

/** Live rows of a symbol up to an id: nothing can add to them later, so nothing may be gone from them. */
interface KeptRows {
  readonly symbol: string;
  readonly newest: number;
  readonly rows: number;
}

async function keptRows(dataDir: string): Promise<KeptRows[]> {
  const text = await askStore(
    dataDir,
    "SELECT symbol, max(trade_id), uniqExact(trade_id) FROM trades_data WHERE origin = 'live' GROUP BY symbol FORMAT TSV",
  );
  return rowsOf(text).map(([symbol, newest, rows]) => ({ symbol: symbol!, newest: Number(newest), rows: Number(rows) }));
}

/** Symbols with fewer live rows, up to the newest id of then, than were seen then. */
async function lostSince(dataDir: string, kept: readonly KeptRows[]): Promise<string[]> {
  const lost: string[] = [];
  for (const { symbol, newest, rows } of kept) {
    const text = await askStore(
      dataDir,
      `SELECT uniqExact(trade_id) FROM trades_data WHERE origin = 'live' AND symbol = '${symbol}' AND trade_id <= ${newest} FORMAT TSV`,
    );
    if (Number(text) < rows) lost.push(`${symbol} up to ${newest}: ${rows} then, ${text.trim()} now`);
  }
  return lost;
}

/** Resolves when trades are stored that came after those of the last run, and nothing is missing before them. */
async function untilFilled(daemon: RecordingDaemon, before: readonly KeptRows[], where: string): Promise<void> {
  const filled = expect
    .poll(() => holes(daemon.dataDir, before), { timeout: FILLED_MAX_MS, interval: 25 })
    .toEqual({ goingOn: BUSY, missing: 0, twice: 0 });
  await explained(filled, `Holes were not filled, ${where}`, daemon);
}

/** Resolves when the newest trade of every busy market is stored. */
async function untilStoredUpTo(newest: Readonly<Record<string, string>>, daemon: RecordingDaemon, where: string): Promise<void> {
  const stored = expect.poll(() => newestStored(daemon.dataDir), { timeout: FILLED_MAX_MS, interval: 50 }).toMatchObject(busyOnly(newest));
  await explained(stored, `Newest trades were not stored, ${where}`, daemon);
}

/** Says of a wait that was in vain what the daemon knew. */
async function explained(wait: Promise<void>, what: string, daemon: RecordingDaemon): Promise<void> {
  try {
    await wait;
  } catch (error) {
    const feeds = JSON.stringify(await daemon.feeds().catch(String));
    const gaps = await askStore(daemon.dataDir, "SELECT * FROM gaps FINAL WHERE state != 'closed' ORDER BY symbol, first_id FORMAT TSV");
    const rejects = await askStore(daemon.dataDir, 'SELECT * FROM rejects ORDER BY receive_time DESC LIMIT 20 FORMAT TSV');
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}: ${reason}\n${feeds}\n${gaps}\n${rejects}\n${daemon.process.stderr}`, { cause: error });
  }
}

/**
 * What the stored ids lack between the first and the newest, how many a reader of the view sees twice, and of how many busy markets
 * trades are stored that came after the last run.
 */
async function holes(dataDir: string, before: readonly KeptRows[]): Promise<{ goingOn: number; missing: number; twice: number }> {
  const text = await askStore(
    dataDir,
    `SELECT symbol, max(trade_id) - min(trade_id) + 1 - uniqExact(trade_id), count() - uniqExact(trade_id), max(trade_id)
     FROM trades GROUP BY symbol FORMAT TSV`,
  );
  const rows = rowsOf(text);
  const sum = (column: number): number => rows.reduce((total, row) => total + Number(row[column]), 0);
  const goesOn = ([symbol, , , newest]: string[]): boolean =>
    symbol !== 'QUIET-USDT' && Number(newest) > (before.find((each) => each.symbol === symbol)?.newest ?? 0);
  return { goingOn: rows.filter(goesOn).length, missing: sum(1), twice: sum(2) };
}

async function newestStored(dataDir: string): Promise<Record<string, string>> {
  const text = await askStore(dataDir, 'SELECT symbol, max(trade_id) FROM trades_data GROUP BY symbol FORMAT TSV');
  return Object.fromEntries(rowsOf(text) as [string, string][]);
}

function busyOnly(newest: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(newest).filter(([symbol]) => symbol !== 'QUIET-USDT'));
}

/** Seconds whose stored candle counts more trades than are stored. The candles are read first: what they count was stored by then. */
async function countedAndNotStored(dataDir: string): Promise<string[]> {
  const recently = 'now() - INTERVAL 30 SECOND';
  const candles = await askStore(
    dataDir,
    `SELECT symbol, toUnixTimestamp(open_time), trade_count FROM candles WHERE interval = '1s' AND open_time >= ${recently} FORMAT TSV`,
  );
  const trades = await askStore(
    dataDir,
    `SELECT symbol, intDiv(toUnixTimestamp64Micro(event_time), 1000000) AS second, uniqExact(trade_id) FROM trades_data
     WHERE event_time >= ${recently} - INTERVAL 1 SECOND GROUP BY symbol, second FORMAT TSV`,
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

/** Notes, until it is told to stop, which rows are stored: what the last whole answer counted must never be missing again. */
async function watch(dataDir: string, live: { kept: readonly KeptRows[]; counted: string[]; over: boolean }): Promise<void> {
  while (!live.over) {
    try {
      live.kept = await keptRows(dataDir);
      live.counted.push(...(await countedAndNotStored(dataDir)));
    } catch {
      return;
    }
    await sleep(50);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function spread(values: readonly number[]): string {
  return `${Math.round(median(values))} ms (median; ${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`;
}
