import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURES, capturesAreThere } from '../support/core/captures.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, serac, Serac, seracJson } from '../support/integration/serac.js';
import { askStore, Stored, type Everything } from '../support/integration/stored.js';
import { effort } from '../support/effort.js';

const FILE = path.resolve(process.cwd(), '../shared/data', CAPTURES.btcFirstDay);
const KILLS = effort(3, 2);
/** At this pace the capture takes some seconds: long enough to be killed in the middle. */
const SPEED = '60';
const STORED_MAX_MS = 30_000;

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe.skipIf(!capturesAreThere)('a killed replay', () => {
  it('leaves nothing behind that the next one does not find', async () => {
    const random = seeded('replay-kill');
    const killed = folder.at('killed');
    const whole = folder.at('whole');
    for (let kill = 0; kill < KILLS; kill++) {
      const replay = new Serac(['replay', FILE, '--venue', 'binance', '--data', killed, '--speed', SPEED, '--json']);
      await sleep(random.between(1_200, 3_000));
      await replay.end('SIGKILL');
    }
    // As if the last kill had come between the trades and their candles, which is rare.
    const stored = await Stored.open(killed);
    const [newest] = await stored.rows<{ open: string }>("SELECT toString(max(open_time)) AS open FROM candles WHERE interval = '1s'");
    await stored.run(`ALTER TABLE candles_data DELETE WHERE open_time < {open:DateTime} - 5 SETTINGS mutations_sync = 1`, newest);
    await stored.close();
    const again = ['replay', FILE, '--venue', 'binance', '--json', '--data'];
    expect(await seracJson([...again, killed]), `seed ${random.seed}`).toMatchObject({
      ok: true,
      missing: 0,
      duplicates: 0,
      candleMismatches: 0,
    });
    expect(await seracJson([...again, whole])).toMatchObject({ ok: true, repeated: 0 });
    expect((await everythingIn(killed)).candles, `seed ${random.seed}`).toEqual((await everythingIn(whole)).candles);
  });
});

describe.skipIf(!capturesAreThere)('a replay that does not come to the end of its files', () => {
  it('stores and closes what can be read of a cut one, and what stands before and after it', async () => {
    const cut = folder.at('cut.gz');
    writeFileSync(cut, readFileSync(FILE).subarray(0, 100_000));
    const data = folder.at('cut');
    const eth = path.resolve(path.dirname(FILE), CAPTURES.eth);
    const ended = await serac(['replay', eth, cut, '--venue', 'binance', '--data', data, '--json']);
    const summary = JSON.parse(ended.stdout.toString()) as { ok: boolean; trades: number; stored: number; symbols: string[] };
    expect(summary).toMatchObject({ ok: false, symbols: ['ETH-USDT', 'BTC-USDT'], missing: 0, candleMismatches: 0, stopped: null });
    expect(summary).toMatchObject({ endedEarly: [{ file: cut, byte: 100_000, reason: 'its compressed data is cut off there' }] });
    expect(summary.stored).toBe(summary.trades);
    expect(ended.code).toBe(1);
    const verified = await seracJson<{ markets: { trades: number }[] }>(['verify', '--data', data, '--json']);
    expect(verified).toMatchObject({ ok: true });
    expect(verified.markets.reduce((sum, { trades }) => sum + trades, 0)).toBe(summary.trades);
    expect(verified.markets.every(({ trades }) => trades > 100)).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops in order at %s, and says how far it came', async (signal) => {
    const data = folder.at(signal);
    // The first block comes at once, the next one after minutes.
    const replay = new Serac(['replay', FILE, '--venue', 'binance', '--data', data, '--speed', '1', '--json']);
    const stored = async (): Promise<number> => Number(await askStore(data, 'SELECT count() FROM trades_data FORMAT TSV').catch(() => 0));
    await expect.poll(stored, { timeout: STORED_MAX_MS, interval: 100 }).toBeGreaterThan(0);
    const ended = await replay.end(signal);
    const summary = JSON.parse(ended.stdout.toString()) as { trades: number };
    expect(summary).toMatchObject({ ok: false, missing: 0, candleMismatches: 0, endedEarly: [], stopped: { signal, file: FILE } });
    expect(summary.trades).toBeGreaterThan(0);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${signal}: storing what was read.`);
    expect(await seracJson(['verify', '--data', data, '--json'])).toMatchObject({ ok: true, markets: [{ trades: summary.trades }] });
  });
});

async function everythingIn(dataDir: string): Promise<Everything> {
  const stored = await Stored.open(dataDir);
  try {
    return await stored.everything();
  } finally {
    await stored.close();
  }
}
