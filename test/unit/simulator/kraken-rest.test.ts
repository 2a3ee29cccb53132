import { describe, expect, it } from 'vitest';
import type { KrakenCore } from '../../../src/simulator/kraken/kraken-core.js';
import { get, getJson, newKraken, START_MS, trimmed } from './support.js';

const NOW_MS = START_MS + 120_000;

type TradeRow = readonly [price: string, volume: string, time: number, side: string, type: string, misc: string, id: number];

interface TradesAnswer {
  readonly error: readonly string[];
  readonly result: Readonly<Record<string, readonly TradeRow[]>> & { readonly last: string };
}

/** Two minutes of a market that nobody listened to. */
function tradedCore(restRequests = Infinity): KrakenCore {
  const core = newKraken({ limits: { restRequests } });
  core.advance(NOW_MS);
  return core;
}

function page(core: KrakenCore, query: string): TradesAnswer {
  return getJson(core, `/0/public/Trades?${query}`, NOW_MS) as TradesAnswer;
}

describe('trades over REST', () => {
  it.each([
    ['XBTUSD', 'XXBTZUSD', 'BTC/USD', 7],
    ['XXBTZUSD', 'XXBTZUSD', 'BTC/USD', 1_000],
    ['XDG/USD', 'XDGUSD', 'DOGE/USD', 50],
  ])('of %s, from `last` to `last`, equal the ledger', (pair, key, symbol, count) => {
    const core = tradedCore();
    const rows: TradeRow[] = [];
    for (let since = '0'; ;) {
      const { result } = page(core, `pair=${encodeURIComponent(pair)}&since=${since}&count=${count}`);
      if (result[key]!.length === 0) {
        expect(result.last).toBe(since);
        break;
      }
      rows.push(...result[key]!);
      since = result.last;
    }
    // What is cut to microseconds is what the stream tells.
    expect(rows.map(([price, volume, time, side, , , id]) => [id, trimmed(price), trimmed(volume), Math.floor(time * 1e6), side])).toEqual(
      [...core.ledger.trades(symbol)].map(({ id, price, quantity, timeUs, side }) => [id, price, quantity, timeUs, side.charAt(0)]),
    );
  });

  it('without a time are the latest ones', () => {
    const core = tradedCore();
    const { result } = page(core, 'pair=ETHUSD&count=10');
    expect(result['XETHZUSD']!.map((row) => row[6])).toEqual([...core.ledger.trades('ETH/USD')].slice(-10).map(({ id }) => id));
    expect(page(core, 'pair=ETHUSD&count=5000').result['XETHZUSD']).toHaveLength(1_000);
  });

  it('from a microsecond on begin with the first trade in it', () => {
    const core = tradedCore();
    const trades = [...core.ledger.trades('BTC/USD')];
    const { timeUs, id } = trades.find((trade, index) => index > 100 && trade.timeUs !== trades[index - 1]!.timeUs)!;
    const { result } = page(core, `pair=XBTUSD&since=${BigInt(timeUs) * 1_000n - 1n}&count=1`);
    expect(result['XXBTZUSD']![0]![6]).toBe(id);
  });

  it('have times whose last digits are lost', () => {
    const { body } = get(tradedCore(), '/0/public/Trades?pair=XBTUSD&since=0', NOW_MS);
    const times = [...body.matchAll(/",(\d{10}\.\d+),"[bs]"/g)].map(([, time]) => time!.split('.')[1]!.length);
    expect(times).toHaveLength(1_000);
    expect(Math.max(...times)).toBe(7);
  });
});

describe('the rest of REST', () => {
  it('says what is traded, under the names of REST', () => {
    const core = tradedCore();
    const bitcoin = {
      altname: 'XBTUSD',
      wsname: 'XBT/USD',
      base: 'XXBT',
      quote: 'ZUSD',
      pair_decimals: 1,
      lot_decimals: 8,
      tick_size: '0.1',
    };
    expect(getJson(core, '/0/public/AssetPairs', NOW_MS)).toMatchObject({
      error: [],
      result: {
        XXBTZUSD: bitcoin,
        XETHZUSD: {},
        SOLUSD: { wsname: 'SOL/USD', base: 'SOL' },
        XDGUSD: { wsname: 'XDG/USD', base: 'XXDG' },
        QUIETUSD: {},
      },
    });
    const some = getJson(core, '/0/public/AssetPairs?pair=XBTUSD,SOLUSD', NOW_MS) as { result: object };
    expect(Object.keys(some.result)).toEqual(['XXBTZUSD', 'SOLUSD']);
    expect(getJson(core, '/0/public/Time', NOW_MS)).toMatchObject({ error: [], result: { unixtime: NOW_MS / 1_000 } });
  });

  it.each([
    ['/0/public/Trades?pair=NOPE', 'EQuery:Unknown asset pair'],
    ['/0/public/Trades?pair=BTC/USD', 'EQuery:Unknown asset pair'],
    ['/0/public/AssetPairs?pair=NOPE', 'EQuery:Unknown asset pair'],
    ['/0/public/Trades', 'EGeneral:Invalid arguments'],
    ['/0/public/Trades?pair=XBTUSD&count=0', 'EGeneral:Invalid arguments'],
    ['/0/public/Trades?pair=XBTUSD&since=now', 'EGeneral:Invalid arguments'],
    ['/0/public/Nothing', 'EGeneral:Unknown method'],
    ['//', 'EGeneral:Unknown method'],
  ])('refuses %s in a body with status 200', (url, error) => {
    const response = get(tradedCore(), url, NOW_MS);
    expect(response.status).toBe(200);
    expect(JSON.parse(response.body)).toEqual({ error: [error] });
  });

  it('answers one call a second for an address and a pair', () => {
    const core = tradedCore(1);
    const errors = (pair: string, nowMs: number) => (getJson(core, `/0/public/Trades?pair=${pair}&count=1`, nowMs) as TradesAnswer).error;
    expect(errors('XBTUSD', NOW_MS)).toEqual([]);
    expect(errors('XXBTZUSD', NOW_MS + 999)).toEqual(['EGeneral:Too many requests']);
    expect(errors('ETHUSD', NOW_MS + 999)).toEqual([]);
    expect(errors('XBTUSD', NOW_MS + 1_000)).toEqual([]);
  });
});
