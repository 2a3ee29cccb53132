import { cpSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/integration/folder.js';
import { endAll, serac, seracJson } from '../support/integration/serac.js';
import { Stored } from '../support/integration/stored.js';

/** Two trades a second for two minutes, from the last second before a minute on. */
const IDS = 240;
const T0 = 1_723_161_300_000;
const MARKET = 'binance:BTC-USDT';

const folder = temporaryFolder();
let data: string;
let capture: string;
let round = 0;

beforeAll(async () => {
  data = folder.at('replayed');
  capture = captureOf(1, IDS);
  expect((await replay(capture)).summary).toMatchObject({ ok: true, trades: IDS });
});

/** A copy of the store into which the capture was replayed: no process has it open. */
beforeEach(() => {
  data = folder.at(`data-${++round}`);
  cpSync(folder.at('replayed'), data, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe('trades that were stored and are gone', () => {
  it('are named by verify, listed by --fix, and their candles say gap: of some in the middle', async () => {
    await deleteTrades(61, 100);
    expect(await gaps()).toEqual([['61', '100', 'damaged', 'open']]);
    const seen = await verify();
    expect(seen).toMatchObject({ code: 1, trades: IDS - 40, missing: 40, missing_ranges: [{ first_id: '61', last_id: '100' }] });
    expect(seen.mismatches.length).toBeGreaterThan(0);
    const fix = await verify('--fix');
    expect(fix).toMatchObject({ code: 1, missing: 40, fixed: fix.mismatches.length });
    expect(await verify()).toMatchObject({ code: 1, missing: 40, mismatches: [] });
    expect(await gaps()).toEqual([['61', '100', 'damaged', 'open']]);
    expect((await minutes())[1]).toMatchObject({ trade_count: 80, completeness: 'gap' });
  });

  it.each([
    ['the first', 1, 60],
    ['the last', 181, IDS],
  ])('no window of theirs is complete afterwards: of %s', async (_which, first, last) => {
    await deleteTrades(first, last);
    expect(await verify('--fix')).toMatchObject({ code: 1, missing: last - first + 1 });
    expect(await verify()).toMatchObject({ code: 1, missing: last - first + 1, mismatches: [] });
    for (const { trade_count, completeness, open_time } of await minutes())
      if (trade_count !== 120 || first === 1) expect([open_time, completeness]).not.toEqual([open_time, 'complete']);
  });

  it('are named though nothing is left of their market', async () => {
    await deleteTrades(1, IDS);
    expect(await gaps()).toEqual([['1', String(IDS), 'damaged', 'open']]);
    expect(await verify('--fix')).toMatchObject({ code: 1, market: MARKET, trades: 0, missing: IDS });
    expect(await verify()).toMatchObject({ code: 1, missing: IDS, mismatches: [] });
    expect((await minutes()).map(({ completeness }) => completeness)).toEqual(['gap', 'gap', 'gap']);
  });

  it.each([
    ['some', 61, 100],
    ['all, in the very same bytes', 1, IDS],
  ])('come back with the capture that they came from: %s', async (_which, first, last) => {
    const before = await everything();
    await deleteTrades(first, last);
    expect((await replay(capture)).summary).toMatchObject({ ok: true, added: last - first + 1, missing: 0, gaps: 0, lost: 0 });
    expect(await everything()).toEqual(before);
    expect(await verify()).toMatchObject({ code: 0, missing: 0, mismatches: [] });
    expect(await gaps()).toEqual([]);
  });

  it('come back also when verify has listed them, and close their gap', async () => {
    await deleteTrades(61, 100);
    await verify('--fix');
    expect((await replay(capture)).summary).toMatchObject({ ok: true, added: 40, missing: 0, gaps: 0, lost: 0 });
    expect(await verify()).toMatchObject({ code: 0, missing: 0, mismatches: [] });
    expect(await gaps('--all')).toEqual([['61', '100', 'damaged', 'closed']]);
  });

  it('are not forgotten by the replay of another capture: it lists them, and their candles say gap', async () => {
    await deleteTrades(61, 100);
    const { summary } = await replay(captureOf(IDS + 1, IDS + 10));
    expect(summary).toMatchObject({ ok: true, added: 10, lost: 40 });
    expect(await gaps()).toEqual([['61', '100', 'damaged', 'open']]);
    expect(await verify()).toMatchObject({ code: 1, missing: 40, mismatches: [] });
    expect((await minutes())[1]).toMatchObject({ trade_count: 80, completeness: 'gap' });
  });

  it('candles alone that are gone come back, in the very same bytes too', async () => {
    const before = await everything();
    await sql('ALTER TABLE candles_data DELETE WHERE 1 SETTINGS mutations_sync = 1');
    expect(await verify('--fix')).toMatchObject({ code: 0, missing: 0 });
    expect(await verify()).toMatchObject({ code: 0, mismatches: [] });
    expect((await everything()).trades).toEqual(before.trades);
  });
});

function captureOf(first: number, last: number): string {
  const path = folder.at(`capture-${first}-${last}.txt`);
  const lines: string[] = [];
  for (let id = first; id <= last; id++) {
    const time = T0 - 1_000 + id * 500;
    const trade = `{"e":"trade","E":${time},"s":"BTCUSDT","t":${id},"p":"10.${id}","q":"1.0","T":${time},"m":true,"M":true}`;
    lines.push(`${time}000000 {"stream":"btcusdt@trade","data":${trade}}\n`);
  }
  writeFileSync(path, lines.join(''));
  return path;
}

async function replay(file: string): Promise<{ readonly code: number | null; readonly summary: object }> {
  const { code, stdout } = await serac(['replay', file, '--venue', 'binance', '--data', data, '--json', '--threads', '0']);
  return { code, summary: JSON.parse(stdout.toString()) as object };
}

interface Report {
  readonly code: number | null;
  readonly mismatches: readonly unknown[];
  readonly fixed: number;
}

/** What verify says of the one market, and its exit code. */
async function verify(...flags: string[]): Promise<Report> {
  const { code, stdout, stderr } = await serac(['verify', '--data', data, '--json', ...flags]);
  expect(stdout.length, stderr).toBeGreaterThan(0);
  const { ok, markets } = JSON.parse(stdout.toString()) as { ok: boolean; markets: Report[] };
  expect([markets.length, ok]).toEqual([1, code === 0]);
  return { ...markets[0]!, code };
}

async function gaps(...flags: string[]): Promise<string[][]> {
  interface Row {
    readonly first_id: string;
    readonly last_id: string;
    readonly reason: string;
    readonly state: string;
  }
  const { data: rows } = await seracJson<{ data: Row[] }>(['gaps', '--data', data, '--json', ...flags]);
  return rows.map(({ first_id, last_id, reason, state }) => [first_id, last_id, reason, state]);
}

interface Minute {
  readonly open_time: string;
  readonly trade_count: number;
  readonly completeness: string;
}

async function minutes(): Promise<Minute[]> {
  return (await seracJson<{ data: Minute[] }>(['candles', MARKET, '1m', '--data', data, '--format', 'json'])).data;
}

async function deleteTrades(first: number, last: number): Promise<void> {
  await sql(`ALTER TABLE trades_data DELETE WHERE trade_id BETWEEN ${first} AND ${last} SETTINGS mutations_sync = 1`);
}

async function sql(statement: string): Promise<void> {
  const stored = await Stored.open(data);
  try {
    await stored.command(statement);
  } finally {
    await stored.close();
  }
}

async function everything(): Promise<{ readonly trades: readonly string[]; readonly candles: readonly string[] }> {
  const stored = await Stored.open(data);
  try {
    return await stored.everything();
  } finally {
    await stored.close();
  }
}
