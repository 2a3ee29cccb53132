import { describe, expect, it } from 'vitest';
import { ORIGIN, type Origin, SIDES } from '../../../src/domain/trade-block.js';
import { coinbase } from '../../../src/exchanges/coinbase/index.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { coinbaseFrame, COINBASE_BASE_US, trimmedIso, type CoinbaseTrade } from '../../support/core/coinbase-frames.js';
import { venueBench } from '../../support/core/venue-bench.js';

const SKEW_US = 60_000_000;
const SENT = '2026-08-09T21:05:48.228568804Z';
const SENT_US = COINBASE_BASE_US + 48_228_568;

/** A decoder of one connection; each call is a block of frames received when they were sent. */
function connection(origin: Origin = 'live') {
  const bench = venueBench(coinbase, ['BTC-USD', 'ETH-USD'], SKEW_US);
  const decode = (...texts: readonly string[]) =>
    bench.decode(
      frameBlock(
        texts.map((text) => ({ bytes: bytesOf(text), receiveTime: BigInt(SENT_US) * 1_000n })),
        0,
        origin,
      ),
    );
  return { ...bench, decode };
}

const trade = (id: number, more: Partial<CoinbaseTrade> = {}): CoinbaseTrade => ({
  ...{ product: 'BTC-USD', id, price: '65083.67', size: '0.002186', time: '2026-08-09T21:05:42.514318Z', side: 'SELL' },
  ...more,
});
const frame = (trades: readonly CoinbaseTrade[], { type = 'update', sequence = 0, sent = SENT } = {}) =>
  coinbaseFrame(type, sequence, sent, trades);
const spaced = (text: string): string => text.replace('{', '{ ');
/** Read by the scanner as it is, and by the general parser with a space. */
const BOTH = [
  ['scanned', (text: string) => text],
  ['parsed', spaced],
] as const;

describe.each(BOTH)('a frame of Coinbase, %s', (_, as) => {
  it('gives its trades in rising order of ids, newest first though they stand', () => {
    const { trades } = connection().decode(as(frame([trade(12, { side: 'BUY' }), trade(11), trade(10)])));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([10, 11, 12]);
    expect(Array.from(trades.side.subarray(0, trades.length), (side) => SIDES[side])).toEqual(['buy', 'buy', 'sell']);
    expect([trades.price(0), trades.quantity(0)]).toEqual([65_083_670_000_000_000n, 2_186_000_000n]);
  });

  it('gives the trades of each product in order where it holds several', () => {
    const mixed = [trade(12), trade(90, { product: 'ETH-USD' }), trade(11), trade(91, { product: 'ETH-USD' })];
    const { trades } = connection().decode(as(frame(mixed)));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([11, 12, 90, 91]);
    expect(Array.from(trades.symbol.subarray(0, trades.length))).toEqual([0, 0, 1, 1]);
  });

  it('says that the taker did the opposite of the maker', () => {
    const { trades } = connection().decode(as(frame([trade(2, { side: 'BUY' }), trade(1, { side: 'SELL' })])));
    expect([SIDES[trades.side[0]!], SIDES[trades.side[1]!]]).toEqual(['buy', 'sell']);
  });

  it('reads times exactly, however many digits were trimmed', () => {
    const fractions = ['', '.5', '.51', '.514', '.5143', '.51431', '.514318', '.000001', '.999999'];
    for (const fraction of fractions) {
      const { trades } = connection().decode(as(frame([trade(1, { time: `2026-08-09T21:05:42${fraction}Z` })])));
      expect(trades.eventTime[0], fraction).toBe(COINBASE_BASE_US + 42_000_000 + Number(fraction.slice(1).padEnd(6, '0')));
    }
    for (let digits = 0; digits <= 9; digits++) {
      const fraction = digits === 0 ? '' : `.${'123456789'.slice(0, digits)}`;
      const { venueTime, trades } = connection().decode(as(frame([trade(1)], { sent: `2026-08-09T21:05:48${fraction}Z` })));
      expect(trades.length).toBe(1);
      expect(venueTime).toBe(COINBASE_BASE_US + 48_000_000 + Number('123456'.slice(0, digits).padEnd(6, '0')));
    }
  });

  it('marks the trades of a snapshot as such, of whatever age, and its number in each', () => {
    const old = trade(7, { time: '2019-02-03T04:05:06.7Z' });
    const { trades, rejects } = connection().decode(
      as(frame([trade(8), old], { type: 'snapshot' })),
      as(frame([trade(9)], { sequence: 1 })),
    );
    expect(rejects).toEqual([]);
    expect(Array.from(trades.origin.subarray(0, 3))).toEqual([ORIGIN.snapshot, ORIGIN.snapshot, ORIGIN.live]);
    expect(Array.from(trades.sequence.subarray(0, 3))).toEqual([0, 0, 1]);
    expect(trades.eventTime[0]).toBe(Date.UTC(2019, 1, 3, 4, 5, 6) * 1_000 + 700_000);
  });

  it('says `replay` of all that comes from a capture', () => {
    const { trades } = connection('replay').decode(as(frame([trade(8)], { type: 'snapshot' })));
    expect(trades.origin[0]).toBe(ORIGIN.replay);
  });

  it('rejects a trade whose time is far from that of its frame, and takes its siblings', () => {
    const far = [trade(4, { time: trimmedIso(SENT_US + SKEW_US + 1) }), trade(2, { time: trimmedIso(SENT_US - SKEW_US - 1) })];
    const near = [trade(3, { time: trimmedIso(SENT_US + SKEW_US) }), trade(1, { time: trimmedIso(SENT_US - SKEW_US) })];
    const { trades, rejects, empties } = connection().decode(as(frame([...far, ...near])));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([1, 3]);
    expect(rejects.map(({ reason, id }) => [reason, id])).toEqual([
      ['absurd_time', 2],
      ['absurd_time', 4],
    ]);
    expect(empties).toEqual([
      { symbol: 0, id: 2, rejected: true, row: 1 },
      { symbol: 0, id: 4, rejected: true, row: 2 },
    ]);
  });

  it('is rejected whole, its ids not seen, where its own time is absurd', () => {
    const { decode } = connection();
    decode(as(frame([trade(1)])));
    const { trades, rejects, empties } = decode(as(frame([trade(2)], { sequence: 1, sent: '2026-08-10T21:05:48Z' })));
    expect([trades.length, empties.length]).toEqual([0, 0]);
    expect(rejects).toMatchObject([{ reason: 'absurd_time', symbol: '' }]);
  });
});

describe('what a frame of Coinbase has wrong', () => {
  const WRONG: [reason: string, more: Partial<CoinbaseTrade>, idKnown: boolean][] = [
    ['unknown_symbol', { product: 'DOGE-USD' }, false],
    ['bad_id', { id: '1e3' }, false],
    ['bad_id', { id: '012' }, false],
    ['bad_id', { id: '9007199254740992' }, false],
    ['bad_time', { time: '2026-02-29T00:00:00Z' }, true],
    ['bad_time', { time: '2026-08-09T21:05:42' }, true],
    ['bad_time', { time: '2026-08-09T21:05:42.1234567890Z' }, true],
    ['bad_price', { price: '-1' }, true],
    ['bad_price', { price: '1e5' }, true],
    ['bad_price', { price: '0.00' }, true],
    ['bad_quantity', { size: '' }, true],
    ['too_many_decimals', { size: '0.0000000000001' }, true],
    ['too_many_digits', { price: '9'.repeat(27) }, true],
    ['notional_too_large', { price: '99999999', size: '99999999' }, true],
    ['bad_side', { side: 'UNKNOWN_ORDER_SIDE' }, true],
  ];

  it.each(WRONG)('is named: %s %j', (reason, more, idKnown) => {
    const { trades, rejects, empties } = connection().decode(frame([trade(11), trade(10, more), trade(9)]));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([9, 11]);
    expect(rejects).toHaveLength(1);
    expect(rejects[0]).toMatchObject({ reason, exchange: 'coinbase', symbol: more.product ?? 'BTC-USD' });
    expect(rejects[0]!.id).toBe(idKnown ? 10 : undefined);
    expect(empties).toEqual(idKnown ? [{ symbol: 0, id: 10, rejected: true, row: 1 }] : []);
  });

  it.each(['product_id', 'trade_id', 'price', 'size', 'time', 'side'])('is named where there is no %s, or it is no text', (name) => {
    for (const value of ['', `"${name}":7,`]) {
      const text = frame([trade(10)])
        .replace(new RegExp(`"${name}":"[^"]*",?`), value)
        .replace(',}', '}');
      const { rejects, trades } = connection().decode(text);
      expect(trades.length).toBe(0);
      const expected = name === 'side' ? 'bad_side' : value === '' ? 'missing_field' : 'wrong_type';
      expect(rejects.map(({ reason }) => reason)).toEqual([expected]);
    }
  });

  it('is a zero quantity, which is no trade and harms nothing', () => {
    const { trades, rejects, empties } = connection().decode(frame([trade(11), trade(10, { size: '0' }), trade(9)]));
    expect([trades.length, rejects.length]).toEqual([2, 0]);
    expect(empties).toEqual([{ symbol: 0, id: 10, rejected: false, row: 1 }]);
  });
});

describe('frames of Coinbase that hold no trade', () => {
  const beat = (sequence: number, sent: string) =>
    `{"channel":"heartbeats","timestamp":"${sent}","sequence_num":${sequence},"events":[{"current_time":"2026-08-09 21:05:49.0 +0000 UTC m=+1.0","heartbeat_counter":17}]}`;

  it('move the clock, if they are heartbeats', () => {
    const { decode, clock } = connection();
    expect(clock.known).toBe(false);
    const { venueTime, ignored } = decode(beat(0, '2026-08-09T21:05:50.9Z'));
    expect([venueTime, ignored]).toEqual([COINBASE_BASE_US + 50_900_000, 0]);
    expect(clock.now(SENT_US + 5)).toBe(COINBASE_BASE_US + 50_900_005);
  });

  it('list the subscriptions that there are now', () => {
    const text = (subscriptions: string) =>
      `{"channel":"subscriptions","timestamp":"${SENT}","sequence_num":0,"events":[{"subscriptions":${subscriptions}}]}`;
    expect(connection().decode(text('{"market_trades":["BTC-USD","ETH-USD"],"heartbeats":["heartbeats"]}')).controls).toEqual([
      { type: 'listed', venueSymbols: ['BTC-USD', 'ETH-USD'] },
    ]);
    expect(connection().decode(text('{"heartbeats":["heartbeats"]}')).controls).toEqual([{ type: 'listed', venueSymbols: [] }]);
  });

  it('refuse without saying what, if they are errors', () => {
    expect(connection().decode('{"type":"error","message":"no such product"}').controls).toEqual([
      { type: 'refused', requestId: null, reason: 'no such product' },
    ]);
  });

  it('tell by their numbers how many frames were lost, across all channels', () => {
    const { decode } = connection();
    expect(decode(frame([trade(1)]), beat(1, SENT), frame([trade(2)], { sequence: 2 })).lostFrames).toBeUndefined();
    expect(decode(beat(5, SENT)).lostFrames).toEqual({ first: 3, last: 4, count: 2 });
    // Late ones and repeated ones were counted already, or are not missing.
    expect(decode(frame([trade(3)], { sequence: 4 }), frame([trade(3)], { sequence: 4 }), beat(6, SENT)).lostFrames).toBeUndefined();
    // A frame that cannot be read is as good as lost.
    expect(decode('{"channel":"market_trades"', beat(8, SENT)).lostFrames).toEqual({ first: 7, last: 7, count: 1 });
    // Of several in one block the range is told that they lie in, and how many they are.
    expect(decode(beat(10, SENT), beat(11, SENT), beat(14, SENT)).lostFrames).toEqual({ first: 9, last: 13, count: 3 });
  });

  it('show that the first frames of a live connection were lost, and not of a capture', () => {
    expect(connection().decode(beat(3, SENT)).lostFrames).toEqual({ first: 0, last: 2, count: 3 });
    const { decode } = connection('replay');
    expect(decode(beat(3, SENT), beat(4, SENT), beat(0, SENT), beat(2, SENT)).lostFrames).toEqual({ first: 1, last: 1, count: 1 });
  });
});

describe('Coinbase', () => {
  it('subscribes one channel a message, and heartbeats once', () => {
    expect(JSON.parse(coinbase.subscribe(['BTC-USD', 'ETH-USD'], 3))).toEqual({
      ...{ type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channel: 'market_trades' },
    });
    expect(JSON.parse(coinbase.unsubscribe(['BTC-USD'], 4))).toEqual({
      type: 'unsubscribe',
      product_ids: ['BTC-USD'],
      channel: 'market_trades',
    });
    expect(coinbase.greeting?.map((message) => JSON.parse(message) as unknown)).toMatchObject([
      { type: 'subscribe', channel: 'heartbeats' },
    ]);
  });

  it.each(['BTC-USD', 'BTC-USDT', 'BTC-USDC', '00-USD', '1INCH-EUR'])('names %s as we do', (symbol) => {
    expect([coinbase.toSymbol(symbol), coinbase.toVenueSymbol(symbol)]).toEqual([symbol, symbol]);
  });

  it.each(['', 'BTCUSD', 'BIT-31JAN25-CDE', 'BTC-PERP-INTX', 'btc-usd', 'BTC/USD'])('has no spot market named %j', (name) => {
    expect(coinbase.toSymbol(name)).toBeNull();
  });
});
