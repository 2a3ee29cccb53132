import { describe, expect, it } from 'vitest';
import { VENUES } from '../../../src/exchanges/registry.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { venueBench } from '../../support/core/venue-bench.js';

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const LONG = 'A'.repeat(1_000_000);
const DIGITS = '1'.repeat(10_000);

/** A trade of each venue as text, some of its values being another. */
const TRADES: Record<string, (fields: Record<string, string>) => string> = {
  binance: ({ symbol = '"BTCUSDT"', price = '"1.0"', id = '7' }) =>
    `{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161480000,"s":${symbol},"t":${id},"p":${price},"q":"1.0","T":1723161480000,"m":true,"M":true}}`,
  coinbase: ({ symbol = '"BTC-USDT"', price = '"1.0"', id = '"7"' }) =>
    `{"channel":"market_trades","timestamp":"2024-08-08T23:58:00Z","sequence_num":0,"events":[{"type":"update","trades":[{"product_id":${symbol},"trade_id":${id},"price":${price},"size":"1.0","time":"2024-08-08T23:58:00Z","side":"SELL"}]}]}`,
  kraken: ({ symbol = '"BTC/USDT"', price = '1.0', id = '7' }) =>
    `{"channel":"trade","type":"update","data":[{"symbol":${symbol},"side":"buy","price":${price},"qty":1.0,"ord_type":"limit","trade_id":${id},"timestamp":"2024-08-08T23:58:00Z"}]}`,
};

const ANSWERS: Record<string, (text: string) => string> = {
  binance: (text) => `{"code":2,"msg":"${text}","id":1}`,
  coinbase: (text) => `{"type":"error","message":"${text}"}`,
  kraken: (text) => `{"method":"subscribe","error":"${text}","success":false,"req_id":1}`,
};

/** Decodes one frame on a fresh connection. */
function decode(venue: (typeof VENUES)[number], frame: string | Uint8Array) {
  const bench = venueBench(venue, ['BTC-USDT']);
  const bytes = typeof frame === 'string' ? bytesOf(frame) : frame;
  return bench.decode(frameBlock([{ bytes, receiveTime: 1_723_161_480_000_000_000n }]));
}

describe.each(VENUES.map((venue) => [venue.name, venue] as const))('a hostile frame of %s', (name, venue) => {
  const trade = TRADES[name]!;

  it.each([
    ['is nested a hundred thousand deep', DEEP],
    ['is four megabytes of brackets', `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}`],
    ['has a price nested so', trade({ price: DEEP })],
    ['has an id nested so', trade({ id: DEEP })],
    ['has a price of ten thousand digits', trade({ price: name === 'kraken' ? DIGITS : `"${DIGITS}"` })],
    ['has an id of ten thousand digits', trade({ id: name === 'coinbase' ? `"${DIGITS}"` : DIGITS })],
    ['has an id beyond 2^53', trade({ id: name === 'coinbase' ? '"9007199254740993"' : '9007199254740993' })],
    ['has an id beyond 2^64', trade({ id: name === 'coinbase' ? '"18446744073709551617"' : '18446744073709551617' })],
    ['names a market of a million letters', trade({ symbol: `"${LONG}"` })],
    ['holds a million escapes', trade({ symbol: `"${'\\n'.repeat(1_000_000)}"` })],
    ['is not UTF-8', Buffer.concat([bytesOf(trade({}).slice(0, 40)), Buffer.from([0xff, 0xc0, 0xfe]), bytesOf(trade({}).slice(40))])],
    ['is empty', ''],
  ])('that %s becomes one short reject', (_what, frame) => {
    const began = performance.now();
    const { trades, rejects } = decode(venue, frame);
    expect(trades.length).toBe(0);
    expect(rejects).toHaveLength(1);
    expect(rejects[0]!.detail.length).toBeLessThanOrEqual(200);
    expect(rejects[0]!.symbol.length).toBeLessThanOrEqual(64);
    expect(rejects[0]!.raw.length).toBeLessThanOrEqual(4_096);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('that is nested deeper than any of the venue is not read as JSON, and one that only holds brackets in a text is', () => {
    const withValue = (value: string): string => trade({}).replace('{', `{"new":${value},`);
    const { trades, rejects } = decode(venue, withValue(`${'['.repeat(32)}${']'.repeat(32)}`));
    expect([trades.length, rejects]).toMatchObject([0, [{ reason: 'malformed_json' }]]);
    for (const value of [`${'['.repeat(29)}${']'.repeat(29)}`, `"\\"${'['.repeat(100)}"`]) {
      const { trades: taken, rejects: none } = decode(venue, withValue(value));
      expect([taken.length, none]).toEqual([1, []]);
    }
  });

  it.each(['A'.repeat(200_000), 'A/'.repeat(100_000)])('that refuses in a very long sentence is read at once', (text) => {
    const began = performance.now();
    expect(decode(venue, ANSWERS[name]!(text)).controls).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

it.each([
  ['coinbase', (rows: string) => TRADES['coinbase']!({}).replace(/"trades":\[.*?\]/, `"trades":[${rows}]`)],
  ['kraken', (rows: string) => `{"channel":"trade","type":"update","data":[${rows}]}`],
])(
  'a frame of %s with a million trades that are none becomes a bounded number of rejects, which name how many there were',
  (name, frame) => {
    const { rejects } = decode(
      VENUES.find((venue) => venue.name === name)!,
      frame(Array.from({ length: 1_000_000 }, () => '{}').join(',')),
    );
    expect(rejects.length).toBeLessThanOrEqual(1_001);
    expect(rejects.at(-1)!.detail).toContain('999000 more');
  },
);

it('a number of a frame that is absurd is no frame lost, and those after it are counted on', () => {
  const bench = venueBench(
    VENUES.find(({ name }) => name === 'coinbase')!,
    ['BTC-USDT'],
  );
  const lost = [0, 1, Number.MAX_SAFE_INTEGER, 2, 5].map((sequence) => {
    const frame = TRADES['coinbase']!({}).replace('"sequence_num":0', `"sequence_num":${sequence}`);
    return bench.decode(frameBlock([{ bytes: bytesOf(frame), receiveTime: 1_723_161_480_000_000_000n }])).lostFrames?.count ?? 0;
  });
  expect(lost).toEqual([0, 0, 0, 0, 2]);
});
