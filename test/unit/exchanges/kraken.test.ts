import { describe, expect, it } from 'vitest';
import { ORIGIN, SIDES } from '../../../src/domain/trade-block.js';
import { kraken } from '../../../src/exchanges/kraken/index.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { COINBASE_BASE_US as BASE_US, trimmedIso } from '../../support/core/coinbase-frames.js';
import { krakenFrame, type KrakenTrade } from '../../support/core/kraken-frames.js';
import { venueBench } from '../../support/core/venue-bench.js';

const SKEW_US = 60_000_000;

/** A decoder of one connection; each call is a block of frames received at a time of ours. */
function connection() {
  const bench = venueBench(kraken, ['BTC-USD', 'DOGE-USD'], SKEW_US);
  const decodeAt = (localUs: number, ...texts: readonly string[]) =>
    bench.decode(frameBlock(texts.map((text) => ({ bytes: bytesOf(text), receiveTime: BigInt(localUs) * 1_000n }))));
  return { ...bench, decodeAt, decode: (...texts: readonly string[]) => decodeAt(BASE_US, ...texts) };
}

const trade = (id: number, more: Partial<KrakenTrade> = {}): KrakenTrade => ({
  ...{ symbol: 'BTC/USD', side: 'sell', price: '65083.6', qty: '0.00043000', id, time: '2026-08-09T21:05:00.514318Z' },
  ...more,
});
const frame = (trades: readonly KrakenTrade[], type = 'update') => krakenFrame(type, trades);
const BOTH = [
  ['scanned', (text: string) => text],
  ['parsed', (text: string) => text.replace('{', '{ ')],
] as const;

describe.each(BOTH)('a frame of Kraken, %s', (_, as) => {
  it('keeps every digit of its numbers', () => {
    const amounts: [text: string, units: bigint][] = [
      ['65083.60', 65_083_600_000_000_000n],
      ['0.1', 100_000_000_000n],
      ['0.000000000001', 1n],
      ['7', 7_000_000_000_000n],
      ['123456.123456789012', 123_456_123_456_789_012n],
      // As a float it would be ...7.654321987.
      ['98765432.765432198765', 98_765_432_765_432_198_765n],
    ];
    for (const [text, units] of amounts) {
      const { trades } = connection().decode(as(frame([trade(1, { price: text, qty: '0.5' }), trade(2, { price: '1', qty: text })])));
      expect([trades.price(0), trades.quantity(1)], text).toEqual([units, units]);
    }
  });

  it('gives its trades in rising order of ids, with the side of the taker', () => {
    const { trades } = connection().decode(as(frame([trade(11, { side: 'buy' }), trade(12), trade(10)])));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([10, 11, 12]);
    expect(Array.from(trades.side.subarray(0, 3), (side) => SIDES[side])).toEqual(['sell', 'buy', 'sell']);
    expect(trades.sequence[0]).toBe(-1);
  });

  it('reads times exactly, however many digits there are', () => {
    for (const fraction of ['', '.5', '.51', '.514', '.5143', '.51431', '.514318', '.514318000', '.000001']) {
      const { trades } = connection().decode(as(frame([trade(1, { time: `2026-08-09T21:05:42${fraction}Z` })])));
      expect(trades.eventTime[0], fraction).toBe(BASE_US + 42_000_000 + Number(fraction.slice(1, 7).padEnd(6, '0')));
    }
  });

  it('marks the trades of a snapshot as such, and does not take their age for the time at the venue', () => {
    const { decode, clock } = connection();
    const old = trade(7, { time: trimmedIso(BASE_US - 7_200_000_000) });
    const { trades, rejects, venueTime } = decode(as(frame([old], 'snapshot')));
    expect([trades.origin[0], rejects.length, venueTime]).toEqual([ORIGIN.snapshot, 0, BASE_US - 7_200_000_000]);
    expect(clock.known).toBe(false);
    decode(as(frame([trade(8, { time: trimmedIso(BASE_US - 40_000) })])));
    expect(clock.now(BASE_US)).toBe(BASE_US - 40_000);
  });

  it('rejects a trade that is ahead of the venue, and takes its siblings', () => {
    const { decode, clock } = connection();
    decode(as(frame([trade(1, { time: trimmedIso(BASE_US) })])));
    const ahead = trade(3, { time: trimmedIso(BASE_US + SKEW_US + 1) });
    const { trades, rejects, empties, venueTime } = decode(as(frame([trade(2, { time: trimmedIso(BASE_US) }), ahead])));
    expect([trades.length, trades.id[0], venueTime]).toEqual([1, 2, BASE_US]);
    expect(rejects).toMatchObject([{ reason: 'absurd_time', id: 3, symbol: 'BTC-USD' }]);
    expect(empties).toEqual([{ symbol: 0, id: 3, rejected: true, row: 1 }]);
    expect(clock.now(BASE_US)).toBe(BASE_US);
  });

  it('sets the clock anew where frame after frame is ahead of it for five seconds', () => {
    const { decode, decodeAt } = connection();
    decode(as(frame([trade(1, { time: trimmedIso(BASE_US) })])));
    const ahead = (id: number) => as(frame([trade(id, { time: trimmedIso(BASE_US + 600_000_000) })]));
    const { trades, rejects } = decode(ahead(2), ahead(3), ahead(4), ahead(5));
    expect(rejects.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
    expect(trades.length).toBe(0);
    const later = decodeAt(BASE_US + 5_000_000, ahead(6), ahead(7));
    expect(later.rejects).toEqual([]);
    expect(Array.from(later.trades.id.subarray(0, later.trades.length))).toEqual([6, 7]);
  });
});

describe('a frame of Kraken that passed through another program', () => {
  it.each([
    ['5.1e-05', '0.000051'],
    ['6.50836e4', '65083.6'],
    ['0.1e1', '1'],
    ['1E+3', '1000'],
    ['1E-8', '0.00000001'],
    ['123e-2', '1.23'],
    ['100e-12', '0.0000000001'],
    ['12.50e1', '125'],
  ])('has a number with an exponent, of the same value: %s is %s', (written, plain) => {
    const read = (number: string) => {
      const { trades, rejects } = connection().decode(frame([trade(9, { price: number, qty: number })]));
      expect(rejects).toEqual([]);
      return [trades.length, trades.price(0), trades.quantity(0)];
    };
    expect(read(written)).toEqual(read(plain));
  });
});

describe('what a frame of Kraken has wrong', () => {
  const WRONG: [reason: string, more: Partial<KrakenTrade>, idKnown: boolean][] = [
    ['unknown_symbol', { symbol: 'FOO/BAR' }, false],
    ['bad_id', { id: '1e3' }, false],
    ['bad_id', { id: '10.0' }, false],
    ['bad_id', { id: '9007199254740992' }, false],
    ['wrong_type', { id: '"10"' }, false],
    ['bad_time', { time: '2026-08-09T24:00:00Z' }, true],
    ['bad_price', { price: '-1' }, true],
    ['bad_price', { price: '0.0' }, true],
    ['wrong_type', { price: '"65083.6"' }, true],
    ['bad_price', { price: '-1e5' }, true],
    ['bad_price', { price: '1e65' }, true],
    ['too_many_digits', { price: '1e30' }, true],
    ['bad_price', { price: '0e5' }, true],
    ['wrong_type', { qty: 'null' }, true],
    ['too_many_decimals', { qty: '0.0000000000001' }, true],
    ['too_many_decimals', { qty: '1e-13' }, true],
    ['too_many_digits', { price: '9'.repeat(27) }, true],
    ['notional_too_large', { price: '99999999', qty: '99999999' }, true],
    ['bad_side', { side: 'b' }, true],
    ['absurd_time', { time: '2199-01-01T00:00:00Z' }, true],
    ['absurd_time', { time: '2008-01-01T00:00:00Z' }, true],
  ];

  it.each(WRONG)('is named: %s %j', (reason, more, idKnown) => {
    const { trades, rejects, empties } = connection().decode(frame([trade(9), trade(10, more), trade(11)]));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([9, 11]);
    expect(rejects).toMatchObject([{ reason, exchange: 'kraken', symbol: more.symbol ?? 'BTC-USD' }]);
    expect(rejects[0]!.id).toBe(idKnown ? 10 : undefined);
    expect(empties).toEqual(idKnown ? [{ symbol: 0, id: 10, rejected: true, row: 1 }] : []);
  });

  it('is a field that is missing', () => {
    for (const name of ['symbol', 'trade_id', 'timestamp', 'qty', 'price', 'side']) {
      const text = frame([trade(10)])
        .replace(new RegExp(`,?"${name}":("[^"]*"|[\\d.]+)`), '')
        .replace('{,', '{');
      expect(
        connection()
          .decode(text)
          .rejects.map(({ reason }) => reason),
        text,
      ).toEqual([name === 'side' ? 'bad_side' : 'missing_field']);
    }
  });

  it('is a zero quantity, which is no trade and harms nothing', () => {
    const { trades, rejects, empties } = connection().decode(frame([trade(9), trade(10, { qty: '0.00000000' })]));
    expect([trades.length, rejects.length]).toEqual([1, 0]);
    expect(empties).toEqual([{ symbol: 0, id: 10, rejected: false, row: 1 }]);
  });
});

describe('frames of Kraken that hold no trade', () => {
  const times = '"time_in":"2026-08-09T21:05:00.1Z","time_out":"2026-08-09T21:05:00.2Z"';
  const only = (text: string) => connection().decode(text).controls;

  it('acknowledge one symbol each', () => {
    const ack = `{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD","snapshot":true},"success":true,${times},"req_id":3}`;
    expect(only(ack)).toEqual([{ type: 'acknowledged', requestId: 3, venueSymbols: ['BTC/USD'] }]);
    const repeated = `{"method":"subscribe","success":false,"error":"Already subscribed","symbol":"BTC/USD",${times},"req_id":3}`;
    expect(only(repeated)).toEqual([{ type: 'acknowledged', requestId: 3, venueSymbols: ['BTC/USD'] }]);
  });

  it.each(['"symbol":"FOO/BAR",', ''])('refuse one symbol each, wherever they name it: %s', (named) => {
    const refusal = `{"error":"Currency pair not supported FOO/BAR","method":"subscribe",${named}"req_id":4,"success":false,${times}}`;
    expect(only(refusal)).toEqual([
      { type: 'refused', requestId: 4, reason: 'Currency pair not supported FOO/BAR', venueSymbols: ['FOO/BAR'] },
    ]);
  });

  it('refuse a whole request where they name none', () => {
    expect(only('{"error":"Rate limited","method":"subscribe","req_id":4,"success":false}')).toEqual([
      { type: 'refused', requestId: 4, reason: 'Rate limited' },
    ]);
  });

  it('tell the time at the venue, if they are answers', () => {
    const { decode, clock } = connection();
    const { venueTime, controls, ignored } = decode(`{"method":"pong","req_id":0,${times}}`, '{"channel":"heartbeat"}');
    expect([venueTime, controls, ignored]).toEqual([BASE_US + 200_000, [], 0]);
    expect(clock.now(BASE_US)).toBe(BASE_US + 200_000);
  });

  it('are passed over, if they are of other channels', () => {
    expect(connection().decode('{"channel":"status","type":"update","data":[{"system":"online"}]}')).toMatchObject({
      ignored: 1,
      controls: [],
    });
  });
});

describe('Kraken', () => {
  it('asks for the last trades with each subscription, by a number of its own', () => {
    expect(JSON.parse(kraken.subscribe(['BTC/USD'], 3))).toEqual({
      ...{ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true }, req_id: 3 },
    });
    expect(JSON.parse(kraken.unsubscribe(['BTC/USD'], 4))).toEqual({
      ...{ method: 'unsubscribe', params: { channel: 'trade', symbol: ['BTC/USD'] }, req_id: 4 },
    });
    expect(JSON.parse(kraken.keepAlive!.message)).toMatchObject({ method: 'ping' });
  });

  it.each([
    ['BTC/USD', 'BTC-USD'],
    ['DOGE/USDT', 'DOGE-USDT'],
    ['ETH/BTC', 'ETH-BTC'],
  ])('names %s what is %s, and back', (venueSymbol, symbol) => {
    expect([kraken.toSymbol(venueSymbol), kraken.toVenueSymbol(symbol)]).toEqual([symbol, venueSymbol]);
  });

  it.each([
    ['XBT/USD', 'BTC-USD'],
    ['XDG/XBT', 'DOGE-BTC'],
  ])('means by %s what is %s', (venueSymbol, symbol) => {
    expect(kraken.toSymbol(venueSymbol)).toBe(symbol);
  });

  it.each(['', 'BTCUSD', 'BTC-USD', 'btc/usd', 'BTC/', 'BTC/USD/X'])('has no market named %j', (name) => {
    expect(kraken.toSymbol(name)).toBeNull();
  });
});
