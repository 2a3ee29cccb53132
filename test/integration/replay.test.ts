import { tableFromIPC } from 'apache-arrow';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURES, capturesAreThere } from '../support/core/captures.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, serac, seracJson } from '../support/integration/serac.js';
import { Stored, type Everything } from '../support/integration/stored.js';

const SHARED = path.resolve(process.cwd(), '../shared/data');
const CHUNKS = 6;

const FIRST_DAY = path.join(SHARED, CAPTURES.btcFirstDay);
const SECOND_DAY = path.join(SHARED, CAPTURES.btcSecondDay);
const ETH = path.join(SHARED, CAPTURES.eth);

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe('a capture with missing trades', () => {
  const line = (id: number): string => {
    const time = 1_723_161_255_000 + id * 400;
    const data = `{"e":"trade","E":${time},"s":"BTCUSDT","t":${id},"p":"10.0","q":"1.0","T":${time},"m":true,"M":true}`;
    return `${time}000000 {"stream":"btcusdt@trade","data":${data}}\n`;
  };
  const listed = async (data: string, ...flags: string[]) =>
    (
      await seracJson<{ data: { first_id: string; last_id: string; state: string }[] }>(['gaps', '--data', data, '--json', ...flags])
    ).data.map(({ first_id, last_id, state }) => [first_id, last_id, state]);

  it('lists the gaps that it counts, and closes those that a later one fills', async () => {
    const data = folder.at('holes');
    writeFileSync(folder.at('holes.txt'), [1, 2, 4, 5, 8].map(line).join(''));
    writeFileSync(folder.at('rest.txt'), line(3));
    expect(await replay(data, folder.at('holes.txt'))).toMatchObject({ ok: true, trades: 5, gaps: 2 });
    expect(await listed(data)).toEqual([
      ['3', '3', 'open'],
      ['6', '7', 'open'],
    ]);
    expect(await replay(data, folder.at('rest.txt'))).toMatchObject({ ok: true, trades: 1, gaps: 1 });
    expect(await listed(data, '--all')).toEqual([
      ['3', '3', 'closed'],
      ['6', '7', 'open'],
    ]);
  });
});

describe('verify of a range', () => {
  it('counts the trades of the range alone', async () => {
    const data = folder.at('range');
    const line = (id: number): string => {
      const time = 1_723_161_255_000 + id * 1_000;
      const trade = `{"e":"trade","E":${time},"s":"BTCUSDT","t":${id},"p":"10.0","q":"1.0","T":${time},"m":true,"M":true}`;
      return `${time}000000 {"stream":"btcusdt@trade","data":${trade}}\n`;
    };
    writeFileSync(folder.at('range.txt'), [1, 2, 3, 4, 5, 6].map(line).join(''));
    await replay(data, folder.at('range.txt'));
    const range = ['--from', '2024-08-08T23:54:17Z', '--to', '2024-08-08T23:54:20Z'];
    const report = await seracJson<{ markets: unknown[] }>(['verify', '--data', data, '--json', ...range]);
    expect(report.markets).toMatchObject([{ market: 'binance:BTC-USDT', trades: 3, duplicates: 0 }]);
    expect(await seracJson(['verify', '--data', data, '--json'])).toMatchObject({ markets: [{ trades: 6 }] });
  });
});

describe.skipIf(!capturesAreThere)('captures, replayed', () => {
  let data: string;
  let inOrder: Everything;

  beforeAll(async () => {
    data = folder.at('in-order');
    const summary = await replay(data, FIRST_DAY, SECOND_DAY);
    expect(Object.keys(summary)[0], 'the verdict comes first').toBe('ok');
    expect(summary).toMatchObject({ ok: true, trades: 19_904, added: 19_904, stored: 19_904, repeated: 0 });
    expect(summary).toMatchObject({ missing: 0, duplicates: 0, redelivered: 0, gaps: 0, rejects: 0, candleMismatches: 0 });
    inOrder = await everythingIn(data);
    expect(inOrder.trades).toHaveLength(19_904);
    expect(await replay(folder.at('eth'), ETH)).toMatchObject({ ok: true, duplicates: 0, gaps: 0, rejects: 0, candleMismatches: 0 });
  });

  it.each(['btc', 'eth'] as const)('gives the candles that another program computed, digit by digit: %s', async (base) => {
    const dataDir = base === 'btc' ? data : folder.at('eth');
    for (const [interval, seconds] of [
      ['1m', 60],
      ['1s', 1],
      ['5m', 300],
    ] as const) {
      const golden = JSON.parse(readFileSync(path.join(SHARED, 'golden', `binance-${base}usdt-${seconds}s.json`), 'utf8')) as GoldenRow[];
      const market = `binance:${base.toUpperCase()}-USDT`;
      const { data: rows, next } = await seracJson<{ data: CandleRow[]; next: null }>([
        ...['candles', market, interval, '--data', dataDir, '--format', 'json', '--time', 'ms'],
      ]);
      expect(next).toBeNull();
      expect(rows.map(goldenOf)).toEqual(golden);
    }
  });

  it('changes nothing when it is replayed again', async () => {
    const before = await everythingIn(data, true);
    const summary = await replay(data, FIRST_DAY, SECOND_DAY);
    expect(summary).toMatchObject({ ok: true, trades: 19_904, added: 0, repeated: 19_904, stored: 19_904, duplicates: 0, redelivered: 0 });
    expect(await everythingIn(data, true)).toEqual(before);
  });

  it('is the same with the second day before the first, in one command and in two', async () => {
    const one = folder.at('one-command');
    expect(await replay(one, SECOND_DAY, FIRST_DAY)).toMatchObject({ ok: true, added: 19_904, duplicates: 0, gaps: 0 });
    expect(await everythingIn(one)).toEqual(inOrder);
    const two = folder.at('two-commands');
    expect(await replay(two, SECOND_DAY)).toMatchObject({ ok: true, gaps: 0 });
    expect(await replay(two, FIRST_DAY)).toMatchObject({ ok: true, gaps: 0 });
    expect(await everythingIn(two)).toEqual(inOrder);
    expect(await seracJson(['verify', '--data', two, '--json'])).toMatchObject({ ok: true });
  });

  it('is the same when a file is cut in two that overlap, whichever comes first', async () => {
    const lines = linesOf(FIRST_DAY);
    const parts = [
      write('early.txt', lines.slice(0, Math.floor(lines.length * 0.6))),
      write('late.gz', lines.slice(Math.floor(lines.length * 0.4))),
    ];
    const forwards = folder.at('forwards');
    expect(await replay(forwards, parts[0]!, parts[1]!, SECOND_DAY)).toMatchObject({ ok: true, trades: 19_904, gaps: 0, duplicates: 0 });
    expect(await everythingIn(forwards)).toEqual(inOrder);
    const backwards = folder.at('backwards');
    await replay(backwards, parts[1]!, SECOND_DAY);
    await replay(backwards, parts[0]!);
    expect(await everythingIn(backwards)).toEqual(inOrder);
    expect(await seracJson(['verify', '--data', backwards, '--json'])).toMatchObject({ ok: true });
  });

  it('is the same in pieces that overlap, in any order, some of them twice', async () => {
    const random = seeded('replay in pieces');
    const lines = [...linesOf(FIRST_DAY), ...linesOf(SECOND_DAY)];
    const cuts = [0, ...Array.from({ length: CHUNKS - 1 }, () => random.below(lines.length)).sort((a, b) => a - b), lines.length];
    const pieces = cuts
      .slice(0, -1)
      .map((from, at) =>
        write(`piece-${at}.gz`, lines.slice(Math.max(0, from - random.below(2_000)), cuts[at + 1]! + random.below(2_000))),
      );
    const order = random.shuffled([...pieces, random.pick(pieces), random.pick(pieces)]);
    const dataDir = folder.at('pieces');
    const commands = random.between(1, 3);
    for (let at = 0; at < commands; at++) {
      const files = order.slice(Math.floor((at * order.length) / commands), Math.floor(((at + 1) * order.length) / commands));
      expect(await replay(dataDir, ...files), `seed ${random.seed}`).toMatchObject({ ok: true, duplicates: 0, candleMismatches: 0 });
    }
    expect(await everythingIn(dataDir), `seed ${random.seed}`).toEqual(inOrder);
  });

  it('can be read as CSV, as Arrow and as a table', async () => {
    const candles = ['candles', 'binance:BTC-USDT', '5m', '--data', data, '--format'];
    const { data: rows } = await seracJson<{ data: CandleRow[] }>([...candles, 'json']);
    const csv = (await serac([...candles, 'csv'])).stdout.toString().trim().split('\n');
    expect(csv[0]!.split(',')).toEqual(Object.keys(rows[0]!));
    expect(csv.slice(1).map((line) => line.split(','))).toEqual(rows.map((row) => Object.values(row).map(String)));

    const arrow = tableFromIPC((await serac([...candles, 'arrow'])).stdout);
    expect(arrow.numRows).toBe(rows.length);
    expect(arrow.schema.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['open_time', 'quote_volume', 'completeness']));
    expect(arrow.toArray().map((row) => String((row as { trade_count: bigint }).trade_count))).toEqual(
      rows.map((row) => String(row['trade_count'])),
    );

    const table = (await serac([...candles, 'table', '--wide'])).stdout.toString();
    for (const { close, quote_volume, completeness } of rows) {
      expect(table).toMatch(new RegExp(`${escaped(close)}.*${escaped(quote_volume)}.*${completeness}`));
    }

    const range = [
      'trades',
      'binance:BTC-USDT',
      '--data',
      data,
      '--from',
      '2024-08-09T00:00:00Z',
      '--to',
      '2024-08-09T00:00:30Z',
      '--format',
    ];
    const { data: trades } = await seracJson<{ data: { trade_id: string }[] }>([...range, 'json']);
    expect(trades.length).toBeGreaterThan(100);
    expect(tableFromIPC((await serac([...range, 'arrow'])).stdout).numRows).toBe(trades.length);
    expect((await serac([...range, 'csv'])).stdout.toString().trim().split('\n')).toHaveLength(trades.length + 1);
  });

  it('says what is wrong with a file that ends too early, and keeps what it has read', async () => {
    const whole = readFileSync(FIRST_DAY);
    const cut = folder.at('cut.gz');
    writeFileSync(cut, whole.subarray(0, Math.floor(whole.length * 0.7)));
    const dataDir = folder.at('cut');
    const { code, stdout, stderr } = await serac(['replay', cut, '--venue', 'binance', '--data', dataDir, '--json']);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    const endedEarly = [{ file: cut, byte: Math.floor(whole.length * 0.7), reason: 'its compressed data is cut off there' }];
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: false, endedEarly, missing: 0, candleMismatches: 0 });
    expect(await replay(dataDir, FIRST_DAY, SECOND_DAY), 'the whole file later').toMatchObject({ ok: true, trades: 19_904 });
    expect(await everythingIn(dataDir)).toEqual(inOrder);
  });
});

describe('a capture without a trade', () => {
  it.each([
    ['', 'binance', /^The files hold no frames\.$/],
    ['hello\n', 'binance', /^None of 1 lines is a frame/],
    ['1723161255000000000 {"e":"trade","E":1,"s":"BTCUSDT"}\n', 'kraken', /^None of 1 frames is a trade in the form of kraken: .*--venue/],
  ])('is said to have none, and why: %j', async (text, venue, reason) => {
    writeFileSync(folder.at('none.txt'), text);
    const { code, stdout } = await serac(['replay', folder.at('none.txt'), '--venue', venue, '--data', folder.at('none'), '--json']);
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: false, trades: 0, reason: expect.stringMatching(reason) as string });
    expect(code).toBe(1);
  });
});

describe('a capture that cannot be read', () => {
  it.each([
    ['is not there', 'nothing.gz', undefined, 'nothing.gz: '],
    ['is a folder', 'a-folder', 'folder', 'a-folder: '],
  ])('is named when it %s', async (_, name, kind, sentence) => {
    const file = kind === 'folder' ? folder.path : folder.at(name);
    const { code, stderr } = await serac(['replay', file, '--venue', 'binance', '--data', folder.at('none'), '--json']);
    expect(code).toBe(1);
    expect(stderr).toContain(kind === 'folder' ? `Cannot read ${folder.path}` : sentence);
    expect(stderr).not.toContain('    at ');
  });

  it('needs a venue that is known', async () => {
    const file = write('fine.txt', []);
    const without = await serac(['replay', file, '--data', folder.at('none')]);
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--venue is missing')]);
    const unknown = await serac(['replay', file, '--venue', 'nosuch', '--data', folder.at('none')]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('nosuch');
  });
});

interface GoldenRow {
  readonly symbol: string;
  readonly openTime: number;
}

type CandleRow = Record<string, string | number | null> & {
  readonly close: string;
  readonly quote_volume: string;
  readonly completeness: string;
};

/** A row in the words of the golden files. */
function goldenOf(row: CandleRow): Record<string, unknown> {
  return {
    ...{ symbol: String(row['symbol']).replace('-', ''), openTime: row['open_time'] },
    ...{ open: row['open'], high: row['high'], low: row['low'], close: row.close, volume: row['volume'], quoteVolume: row.quote_volume },
    ...{ takerBuyVolume: row['taker_buy_volume'], takerBuyQuoteVolume: row['taker_buy_quote_volume'], trades: row['trade_count'] },
    ...{ firstTradeId: Number(row['first_trade_id']), lastTradeId: Number(row['last_trade_id']) },
  };
}

async function replay(dataDir: string, ...files: string[]): Promise<Record<string, unknown>> {
  return await seracJson(['replay', ...files, '--venue', 'binance', '--data', dataDir, '--json']);
}

async function everythingIn(dataDir: string, withRevisions = false): Promise<Everything> {
  const stored = await Stored.open(dataDir);
  try {
    return await stored.everything(withRevisions);
  } finally {
    await stored.close();
  }
}

function linesOf(capture: string): string[] {
  return gunzipSync(readFileSync(capture)).toString('utf8').trim().split('\n');
}

/** Writes a capture, gzip or plain text by its name; returns its path. */
function write(name: string, lines: readonly string[]): string {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const file = folder.at(name);
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text, { level: 1 }) : text);
  return file;
}

function escaped(text: string): string {
  return text.replaceAll('.', String.raw`\.`);
}
