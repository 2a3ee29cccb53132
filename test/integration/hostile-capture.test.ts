import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { endAll, seracJson } from '../support/integration/serac.js';
import { Stored } from '../support/integration/stored.js';

const FIRST_ID = 5_000_000;
const START_MS = Date.UTC(2024, 7, 8, 23, 58, 0);
const SECONDS = 90;
const TRADES_PER_SECOND = 20;
const STEP_MS = 1_000 / TRADES_PER_SECOND;
/** Kept of a frame. */
const RAW_BYTES_MAX = 4_096;

type Fields = Record<'t' | 'p' | 'q' | 'T' | 'E' | 's' | 'm', string>;

/** What is wrong with a frame that is otherwise the next trade: by the reason that it has to be refused for. */
const HOSTILE: readonly (readonly [reason: string, (fields: Fields) => string])[] = [
  ['malformed_json', (fields) => frame(fields).slice(0, 60)],
  ['malformed_json', (fields) => frame(fields).slice(0, -1)],
  ['malformed_json', (fields) => `${frame(fields)}}`],
  ['malformed_json', (fields) => frame({ ...fields, p: 'NaN' })],
  ['malformed_json', (fields) => frame({ ...fields, q: 'Infinity' })],
  ['malformed_json', () => '\u0000\u0001\u0002 not a frame \ufffd'],
  ['malformed_json', (fields) => frame({ ...fields, p: '61837.63' }).replace('"p"', "'p'")],
  ['wrong_type', (fields) => frame({ ...fields, p: '61837.63' })],
  ['wrong_type', (fields) => frame({ ...fields, q: '1e400' })],
  ['wrong_type', (fields) => frame({ ...fields, t: '"5000001"' })],
  ['wrong_type', (fields) => frame({ ...fields, p: '{"a":1}' })],
  ['wrong_type', (fields) => frame({ ...fields, q: 'null' })],
  ['wrong_type', (fields) => frame({ ...fields, T: '"1723161481000"' })],
  ['wrong_type', () => '[1,2,3]'],
  ['wrong_type', () => '{"stream":"btcusdt@trade","data":[]}'],
  ['missing_field', (fields) => frame(fields).replace(/"p":"[^"]*",/, '')],
  ['missing_field', (fields) => frame(fields).replace(/"t":\d+,/, '')],
  ['bad_price', (fields) => frame({ ...fields, p: '"NaN"' })],
  ['bad_price', (fields) => frame({ ...fields, p: '"1e400"' })],
  ['bad_price', (fields) => frame({ ...fields, p: '"-61837.63"' })],
  ['bad_price', (fields) => frame({ ...fields, p: '""' })],
  ['bad_price', (fields) => frame({ ...fields, p: '"0.00000000"' })],
  ['bad_price', (fields) => frame({ ...fields, p: '" 61837.63"' })],
  ['bad_price', (fields) => frame({ ...fields, p: '"61837,63"' })],
  ['bad_price', (fields) => frame({ ...fields, p: '"0x10"' })],
  ['bad_quantity', (fields) => frame({ ...fields, q: '"-0.50000000"' })],
  ['bad_quantity', (fields) => frame({ ...fields, q: '"-0"' })],
  ['bad_quantity', (fields) => frame({ ...fields, q: '"1."' })],
  ['bad_quantity', (fields) => frame({ ...fields, q: '".5"' })],
  ['bad_quantity', (fields) => frame({ ...fields, q: '"+1"' })],
  ['too_many_digits', (fields) => frame({ ...fields, p: '"1234567890123456789012345678901234567890"' })],
  ['too_many_digits', (fields) => frame({ ...fields, q: `"${'9'.repeat(600)}"` })],
  ['too_many_decimals', (fields) => frame({ ...fields, q: '"0.0000000000001"' })],
  ['too_many_decimals', (fields) => frame({ ...fields, p: '"61837.1234567890123"' })],
  ['notional_too_large', (fields) => frame({ ...fields, p: '"99999999999999"', q: '"99999999999999"' })],
  ['unknown_symbol', (fields) => frame({ ...fields, s: '"NOSUCHCOIN"' })],
  ['unknown_symbol', (fields) => frame({ ...fields, s: `"BTCUSDT'; DROP TABLE trades_data; --"` })],
  ['bad_id', (fields) => frame({ ...fields, t: '-1' })],
  ['bad_id', (fields) => frame({ ...fields, t: '1.5' })],
  ['bad_id', (fields) => frame({ ...fields, t: '9007199254740993' })],
  ['bad_time', (fields) => frame({ ...fields, T: '-1' })],
  ['bad_time', (fields) => frame({ ...fields, T: '1e400' })],
  ['absurd_time', (fields) => frame({ ...fields, T: '0' })],
  ['absurd_time', (fields) => frame({ ...fields, T: '7258118400000' })],
  ['absurd_time', (fields) => frame({ ...fields, T: '7258118400000', E: '7258118400000' })],
  ['absurd_time', (fields) => frame({ ...fields, T: String(Number(fields.T) + 7_200_000) })],
  ['bad_side', (fields) => frame({ ...fields, m: '"true"' })],
  ['bad_side', (fields) => frame({ ...fields, m: '1' })],
];

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe('a capture with hostile frames', () => {
  it('counts each by its reason, keeps its bytes, and takes every trade after it', async () => {
    const lines: string[] = [];
    const good: number[] = [];
    const spoilt = new Set<number>();
    for (let at = 0; at < SECONDS * TRADES_PER_SECOND; at++) {
      const id = FIRST_ID + at;
      const sentMs = START_MS + Math.floor(at * STEP_MS);
      const fields = fieldsOf(id, sentMs);
      // Two in three seconds pass without any: candles of those can be proven, or their neighbours spoil them.
      const isHostile = at % (3 * TRADES_PER_SECOND) === TRADES_PER_SECOND / 2;
      const hostile = isHostile ? HOSTILE.slice(Math.floor(at / (3 * TRADES_PER_SECOND)) * 2).slice(0, 2) : [];
      for (const [, spoil] of hostile) lines.push(`${(sentMs - 1_270) * 1_000_000} ${spoil(fields)}`);
      if (hostile.length > 0) spoilt.add(Math.floor(sentMs / 1_000) * 1_000);
      else good.push(id);
      if (hostile.length === 0) lines.push(`${(sentMs - 1_270) * 1_000_000} ${frame(fields)}`);
    }
    expect(lines.length - good.length, 'all hostile frames are in it').toBe(HOSTILE.length);
    lines.push('not a line of a capture', '', '99999999999999999999999 {}');
    const file = folder.at('hostile.txt');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));

    const dataDir = folder.at('data');
    const summary = await seracJson<Record<string, unknown>>(['replay', file, '--venue', 'binance', '--data', dataDir, '--json']);
    const expected: Record<string, number> = { malformed_line: 2 };
    for (const [reason] of HOSTILE) expected[reason] = (expected[reason] ?? 0) + 1;
    expect(summary['rejectReasons']).toEqual(expected);
    expect(summary).toMatchObject({ ok: true, trades: good.length, stored: good.length, rejects: HOSTILE.length + 2 });

    const stored = await Stored.open(dataDir);
    try {
      const rejects = await stored.rows<{ reason: string; raw: string; exchange: string }>('SELECT reason, raw, exchange FROM rejects');
      const sent = lines.filter((line) => /^\d{19} ./.test(line)).map((line) => line.slice(20));
      expect(
        rejects.filter(({ raw }) => !sent.some((line) => line.slice(0, RAW_BYTES_MAX) === raw)),
        'kept as it came',
      ).toEqual([]);
      const counts: Record<string, number> = {};
      for (const { reason } of rejects) counts[reason] = (counts[reason] ?? 0) + 1;
      delete expected['malformed_line'];
      expect(counts).toEqual(expected);
      expect([...(await stored.trades('BTC-USDT')).keys()]).toEqual(good);

      const seconds = await stored.candles('BTC-USDT', '1s');
      expect(seconds).toHaveLength(SECONDS);
      for (const { open_ms, completeness } of seconds) {
        if (spoilt.has(open_ms)) expect(completeness, new Date(open_ms).toISOString()).toBe('gap');
      }
      expect(seconds.filter(({ completeness }) => completeness === 'complete').length).toBeGreaterThan(SECONDS / 3);
    } finally {
      await stored.close();
    }
    expect(await seracJson(['verify', '--data', dataDir, '--json'])).toMatchObject({ ok: true });
  });
});

function fieldsOf(id: number, sentMs: number): Fields {
  return {
    ...{ t: String(id), p: `"${61_000 + (id % 700)}.63000000"`, q: `"0.0${1 + (id % 9)}000000"`, s: '"BTCUSDT"' },
    ...{ T: String(sentMs), E: String(sentMs), m: id % 2 === 0 ? 'true' : 'false' },
  };
}

/** A frame in the venue's own shape, its values written as they are given. */
function frame({ t, p, q, T, E, s, m }: Fields): string {
  return `{"stream":"btcusdt@trade","data":{"e":"trade","E":${E},"s":${s},"t":${t},"p":${p},"q":${q},"T":${T},"m":${m},"M":true}}`;
}
