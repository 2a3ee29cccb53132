import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BinanceCore } from '../../../src/simulator/binance/binance-core.js';
import { readCapture } from '../../../src/simulator/binance/read-capture.js';
import type { Interval } from '../../../src/simulator/interval.js';
import type { Candle } from '../../../src/simulator/ledger/candle.js';
import { Ledger } from '../../../src/simulator/ledger/ledger.js';
import { ReplayMarket } from '../../../src/simulator/market/replay-market.js';
import { readCaptureLines } from '../../../src/simulator/start-simulator.js';
import { captures, capturesAreHere, connect, getJson, run, START_MS, textsOf } from './support.js';

const RECEIVED_NS = 1_723_161_254_000_000_000n;

function frame(id: number, timeMs: number, quantity = '0.02000000'): string {
  return `{"stream":"btcusdt@trade","data":{"e":"trade","E":${timeMs + 1},"s":"BTCUSDT","t":${id},"p":"61837.63000000","q":"${quantity}","T":${timeMs},"m":true,"M":true}}`;
}

function line(afterMs: number, json: string): string {
  return `${RECEIVED_NS + BigInt(afterMs) * 1_000_000n} ${json}`;
}

function replay(lines: Iterable<string>, speed = Infinity, waitForSubscriber = false): BinanceCore {
  return new BinanceCore({ market: new ReplayMarket(readCapture(lines), START_MS, speed), waitForSubscriber });
}

describe('a replayed capture', () => {
  const frames = [frame(1, 1_723_161_255_342), frame(2, 1_723_161_256_000), frame(3, 1_723_161_257_000)];
  const lines = frames.map((json, index) => line(index * 1_000, json));

  it('keeps the pace of its receive times, multiplied by the speed', () => {
    for (const [speed, expected] of [
      [1, [1, 1, 2, 2, 3]],
      [2, [1, 2, 3, 3, 3]],
      [Infinity, [3, 3, 3, 3, 3]],
    ] as const) {
      const core = replay(lines, speed);
      const counts = [0, 500, 1_000, 1_500, 2_000].map((afterMs) => {
        core.advance(START_MS + afterMs);
        return core.ledger.tradeCount('BTCUSDT');
      });
      expect(counts).toEqual(expected);
    }
  });

  it('waits for the first subscriber to trades, when it is told to', () => {
    const core = replay(lines, 1, true);
    run(core, START_MS, START_MS + 10_000, 100);
    expect(core.ledger.tradeCount('BTCUSDT')).toBe(0);
    connect(core, '/ws/btcusdt@trade', START_MS + 10_000);
    expect(textsOf(run(core, START_MS + 10_000, START_MS + 20_000, 100))).toHaveLength(3);
  });

  it('lives in the time of the capture', () => {
    const core = replay(lines, 1);
    core.advance(START_MS + 1_500);
    expect(getJson(core, '/api/v3/time', START_MS + 1_500)).toEqual({ serverTime: 1_723_161_256_843 });
  });

  it('leaves out lines that are no trades or cannot be read, and counts a repeated trade once', () => {
    const other = '{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1.0","B":"1.0","a":"2.0","A":"1.0"}}';
    const core = replay([
      line(0, other),
      'nonsense',
      '',
      line(0, '{"e":"trade"'),
      lines[0]!,
      lines[0]!,
      line(5, frame(2, 1_723_161_255_400, '0.00000000')),
    ]);
    connect(core, '/stream?streams=btcusdt@trade');
    // A frame of zero quantity looks like a trade to the client: it is sent, and is none.
    expect(textsOf(core.advance(START_MS))).toHaveLength(3);
    expect([...core.ledger.trades('BTCUSDT')].map(({ id }) => id)).toEqual([1]);
    expect(core.ledger.emittedIds('BTCUSDT')).toEqual([[1, 1]]);
  });

  it('unwraps combined frames for a raw connection, and wraps raw ones for a combined one', () => {
    const raw = '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":9,"p":"1.50","q":"2","T":1723161255342,"m":false,"M":true}';
    const core = replay([line(0, frames[0]!), line(1, raw)]);
    const [ofRaw, ofCombined] = [connect(core, '/ws/btcusdt@trade'), connect(core, '/stream?streams=btcusdt@trade')];
    const sent = core.advance(START_MS);
    const inner = frames[0]!.slice('{"stream":"btcusdt@trade","data":'.length, -1);
    expect(textsOf(sent.filter(({ connection }) => connection === ofRaw))).toEqual([inner, raw]);
    expect(textsOf(sent.filter(({ connection }) => connection === ofCombined))).toEqual([
      frames[0],
      `{"stream":"btcusdt@trade","data":${raw}}`,
    ]);
  });

  it('refuses numbers that it could not hold exactly', () => {
    expect(() => replay([line(0, frame(1, 1, '123456789012.12345678'))])).toThrow('too large');
  });
});

const files = ['binance-spot-btcusdt_20240808.gz', 'binance-spot-btcusdt_20240809.gz', 'binance-spot-ethusdt_20240808.gz'];

describe.skipIf(!capturesAreHere)('a real capture', () => {
  it.each(files)('%s is sent byte for byte', async (file) => {
    const text = [...(await readCaptureLines(join(captures, file)))];
    const core = replay(text);
    const symbol = file.includes('btc') ? 'btcusdt' : 'ethusdt';
    connect(core, `/stream?streams=${symbol}@trade`);
    const sent: string[] = [];
    do sent.push(...textsOf(core.advance(START_MS, 1_000)));
    while (core.behind);
    expect(sent).toEqual(text.map((next) => next.slice(next.indexOf(' ') + 1)).filter((json) => json.includes('@trade"')));
    expect(core.ledger.emittedIds(symbol.toUpperCase())).toHaveLength(1);
  });

  it.each([
    ['BTCUSDT', '1s', '1s', files.slice(0, 2)],
    ['BTCUSDT', '1m', '60s', files.slice(0, 2)],
    ['BTCUSDT', '5m', '300s', files.slice(0, 2)],
    ['ETHUSDT', '1s', '1s', files.slice(2)],
    ['ETHUSDT', '1m', '60s', files.slice(2)],
    ['ETHUSDT', '5m', '300s', files.slice(2)],
  ] as const)('of %s has the %s candles of the golden file', async (symbol, interval: Interval, length, parts) => {
    const lines = (await Promise.all(parts.map((file) => readCaptureLines(join(captures, file))))).flatMap((part) => [...part]);
    const { instruments, trades } = readCapture(lines);
    const ledger = new Ledger(instruments);
    for (const { trade } of trades) ledger.record(trade);
    const golden = JSON.parse(readFileSync(join(captures, 'golden', `binance-${symbol.toLowerCase()}-${length}.json`), 'utf8')) as object[];
    expect(ledger.candles(symbol, interval).map((candle) => asGolden(symbol, candle))).toEqual(golden);
  });
});

function asGolden(symbol: string, candle: Candle): object {
  return {
    symbol,
    openTime: candle.openTime,
    open: candle.open,
    high: candle.high,
    low: candle.low,
    close: candle.close,
    volume: candle.volume,
    quoteVolume: candle.quoteVolume,
    takerBuyVolume: candle.takerBuyVolume,
    takerBuyQuoteVolume: candle.takerBuyQuoteVolume,
    trades: candle.tradeCount,
    firstTradeId: candle.firstTradeId,
    lastTradeId: candle.lastTradeId,
  };
}
