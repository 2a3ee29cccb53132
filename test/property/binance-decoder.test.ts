import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TradeBlock } from '../../src/domain/trade-block.js';
import { scanTrade, SHAPE } from '../../src/exchanges/binance/frame.js';
import { readFrame } from '../../src/exchanges/binance/general-frame.js';
import { SymbolLookup } from '../../src/exchanges/shared/symbol-lookup.js';
import { BASE_MS, hostile, tradeFrame, usualFields, VENUE_SYMBOLS } from '../support/core/binance-frames.js';
import { binanceBench, bytesOf, frameBlock, rowOf, type TimedFrame } from '../support/core/blocks.js';
import { changesOf, someOf } from '../support/core/changed-bytes.js';
import { expectEqual } from '../support/core/expect-equal.js';
import { Random } from '../support/core/random.js';
import { readReference, type Reading, type ReferenceTrade } from '../support/core/reference.js';
import { effort } from '../support/effort.js';

const MARKETS = ['BTC-USDT', 'ETH-USDT', '1000SATS-USDT', 'ADA-EUR'];
const NAMES = new Map(VENUE_SYMBOLS.map((venueSymbol, at) => [venueSymbol, MARKETS[at]!]));
const SKEW_US = 60_000_000;
const EARLIEST_US = Date.UTC(2009, 0, 3) * 1_000;
const LATEST_US = Date.UTC(2100, 0, 1) * 1_000;
const RECEIVED_NS = BigInt(BASE_MS) * 1_000_000n;
const utf8 = new TextDecoder();
/** A frame of another stream is not read beyond the stream's name: what comes after it may be anything. */
const OTHER_STREAM = /^\{"stream":"[\x30-\x3f\x41-\x5b\x5d-\x7a]*@(?!trade")/;

const reading = (bytes: Uint8Array): Reading => readReference(utf8.decode(bytes), (venueSymbol) => NAMES.get(venueSymbol));

/** Whether a time is absurd: surely, perhaps (it depends on what the clock saw before), or not. */
function absurdity(sentAt: number, time: number): 'yes' | 'perhaps' | 'no' {
  if (Math.abs(time - sentAt) > SKEW_US || sentAt < EARLIEST_US || sentAt >= LATEST_US) return 'yes';
  // The past is never absurd: a stalled socket delivers old news.
  return sentAt > BASE_MS * 1_000 + SKEW_US ? 'perhaps' : 'no';
}

interface Tally {
  trades: number;
  empties: number;
  rejects: number;
  controls: number;
  others: number;
}

/** Decodes frames in one block and holds every outcome against the reference's reading of that frame alone. */
function expectAgreement(frames: readonly Uint8Array[], spare: Uint8Array): Tally {
  const { decode } = binanceBench(MARKETS, SKEW_US);
  const timed: TimedFrame[] = frames.map((bytes, at) => ({ bytes, receiveTime: RECEIVED_NS + BigInt(at) * 1_000n }));
  const block = frameBlock(timed, spare.length);
  block.bytes.set(spare, block.length);
  const { trades, rejects, empties, controls, ignored } = decode(block);
  const rows = new Map<bigint, ReferenceTrade>();
  for (let row = 0; row < trades.length; row++) rows.set(trades.receiveTime[row]!, rowOf(trades, row));
  const refused = new Map(rejects.map((reject) => [reject.receiveTime, reject]));
  expect(rows.size).toBe(trades.length);
  expect(refused.size).toBe(rejects.length);
  const emptied = empties.map(({ symbol, id, rejected, row }) => ({ symbol: MARKETS[symbol]!, id, rejected, row }));
  const tally: Tally = { trades: trades.length, empties: 0, rejects: rejects.length, controls: 0, others: 0 };
  let row = 0;
  let empty = 0;
  timed.forEach(({ bytes, receiveTime }) => {
    const text = utf8.decode(bytes);
    const said = reading(bytes);
    const trade = rows.get(receiveTime);
    const reject = refused.get(receiveTime);
    const absurd =
      said.kind === 'trade' ? absurdity(said.sentAt, said.trade.time) : said.kind === 'empty' ? absurdity(said.sentAt, said.time) : 'no';
    if (trade !== undefined) {
      expectEqual(said.kind, 'trade', text);
      if (absurd === 'yes') expect(absurd, text).not.toBe('yes');
      if (said.kind === 'trade') expectEqual(trade, said.trade, text);
      row += 1;
    } else if (reject !== undefined) {
      if (reject.reason === 'absurd_time') {
        expect(absurd, text).not.toBe('no');
        if (said.kind === 'trade') expect([reject.symbol, reject.id]).toEqual([said.trade.symbol, said.trade.id]);
        expect(emptied[empty++], text).toMatchObject({ rejected: true, id: reject.id, symbol: reject.symbol, row });
      } else {
        expectEqual(said.kind, 'reject', `${reject.reason} ${text}`);
        if (said.kind !== 'reject') return;
        if (!said.faults.has(reject.reason)) expect([...said.faults], text).toContain(reject.reason);
        expectEqual(reject.id, said.id, text);
        if (said.id !== undefined) expectEqual(emptied[empty++], { rejected: true, id: said.id, symbol: said.symbol, row }, text);
      }
      expectEqual(reject.raw, utf8.decode(bytes.subarray(0, 4_096)), text);
    } else if (said.kind === 'empty' && !OTHER_STREAM.test(text)) {
      expect(absurd, text).not.toBe('yes');
      expect(emptied[empty++], text).toEqual({ symbol: said.symbol, id: said.id, rejected: false, row });
      tally.empties += 1;
    } else if (said.kind === 'control') {
      tally.controls += 1;
    } else {
      if (said.kind !== 'other') expect(text).toMatch(OTHER_STREAM);
      tally.others += 1;
    }
  });
  expect(empty).toBe(emptied.length);
  expect(controls).toHaveLength(tally.controls);
  expect(ignored).toBe(tally.others);
  return tally;
}

/** Holds the scanner alone against the general parser alone, at any place in memory and before any garbage. */
function scannerAgreement(): (frame: Uint8Array, before: number, after: Uint8Array) => number {
  const { symbols, resolve } = binanceBench(MARKETS);
  const lookup = new SymbolLookup(resolve);
  return (frame, before, after) => {
    const bytes = new Uint8Array(before + frame.length + after.length + 32);
    bytes.set(frame, before);
    bytes.set(after, before + frame.length);
    const scanned = new TradeBlock(symbols, 1, 1);
    const read = new TradeBlock(symbols, 1, 1);
    const shape = scanTrade(bytes, new DataView(bytes.buffer), before, before + frame.length, lookup, scanned, 0);
    const text = utf8.decode(frame);
    if (shape === SHAPE.trade || shape === SHAPE.empty) {
      expectEqual(readFrame(text, resolve, read, 0).kind, shape === SHAPE.trade ? 'trade' : 'empty', text);
      expectEqual(rowOf(scanned, 0), rowOf(read, 0), text);
    } else if (shape === SHAPE.other) {
      // A name written with escapes is read by the parser alone; no venue writes one.
      if (!text.includes('\\u')) expect(['other', 'reject'], text).toContain(readFrame(text, resolve, read, 0).kind);
    }
    return shape;
  };
}

const FRAMES_PER_RUN = 500;
const RUNS = effort(200, 20);
const FRAMES = RUNS * FRAMES_PER_RUN;
const SCANNER_RUNS = effort(300, 75);

describe('the Binance decoder', () => {
  it(`reads ${FRAMES} frames, half of them hostile, as a plain reading of the JSON does`, () => {
    const sum: Tally = { trades: 0, empties: 0, rejects: 0, controls: 0, others: 0 };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const frames = Array.from({ length: FRAMES_PER_RUN }, (_, at) => {
          const fields = usualFields(random, 3_000_000_000 + at, random.chance(0.2));
          const stream = random.chance(0.2) ? null : `${fields.s.toLowerCase()}@trade`;
          return random.chance(0.5) ? bytesOf(tradeFrame(fields, stream)) : hostile(random, fields, stream, at);
        });
        // What was left behind by an earlier use of the memory stands behind the last frame.
        const spare = random.chance(0.5) ? frames[0]! : Uint8Array.from({ length: random.below(40) }, () => random.below(256));
        const tally = expectAgreement(frames, spare);
        for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name];
      }),
      { numRuns: RUNS },
    );
    expect(sum.trades).toBeGreaterThan(0.5 * FRAMES);
    expect(sum.rejects).toBeGreaterThan(0.15 * FRAMES);
    for (const count of [sum.empties, sum.controls, sum.others]) expect(count).toBeGreaterThan(0.005 * FRAMES);
  });

  it('has a scanner that takes nothing the general parser reads otherwise', () => {
    const shapes = new Map<number, number>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const agrees = scannerAgreement();
        for (let at = 0; at < 50; at++) {
          const fields = usualFields(random, 1 + random.below(4_000_000_000), random.chance(0.2));
          const stream = random.chance(0.3) ? null : `${fields.s.toLowerCase()}@trade`;
          const usual = bytesOf(tradeFrame(fields, stream));
          const frame = random.chance(0.2) ? usual : hostile(random, fields, stream, at);
          // Behind it stands the rest that would complete a truncated frame, or another frame, or noise.
          const after = random.pick([
            usual.subarray(Math.min(frame.length, usual.length)),
            usual,
            Uint8Array.from({ length: 40 }, () => random.below(256)),
          ]);
          const shape = agrees(frame, random.below(9), after);
          shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
        }
      }),
      { numRuns: SCANNER_RUNS },
    );
    for (const shape of Object.values(SHAPE)) expect(shapes.get(shape) ?? 0).toBeGreaterThan(SCANNER_RUNS / 6);
  });

  const sample = {
    E: '1723161480012',
    s: 'BTCUSDT',
    t: '3735683259',
    p: '61837.63000000',
    q: '0.02000000',
    T: '1723161480010',
    m: 'true',
    M: 'true',
  };
  const samples = [
    tradeFrame(sample, 'btcusdt@trade'),
    tradeFrame({ ...sample, E: '1723161480012345', T: '1723161480010999', m: 'false' }, null),
    tradeFrame({ ...sample, p: '0.5', q: '12', M: 'false' }, 'btcusdt@trade'),
  ];
  const neighbour = bytesOf(tradeFrame({ ...sample, t: '3735683260', p: '61837.64000000' }, 'btcusdt@trade'));

  it.each(samples)('takes no half of a frame, wherever it is cut, and reads what stands around it: %s', (text) => {
    const frame = bytesOf(text);
    const frames: Uint8Array[] = [];
    for (let cut = 0; cut <= frame.length; cut++) frames.push(frame.subarray(0, cut), frame.subarray(cut), neighbour);
    const tally = expectAgreement(frames, frame);
    // Each neighbour, and the whole frame at the two outermost cuts.
    expect(tally.trades).toBe(frame.length + 1 + 2);
  });

  it.each(samples)('reads a frame with any one byte changed, left out or put in as JSON does: %s', (text) => {
    const frame = bytesOf(text);
    const values = [0, 9, 10, 32, 34, 44, 46, 47, 48, 49, 57, 58, 64, 65, 90, 92, 97, 101, 122, 123, 125, 128, 255];
    const changes = changesOf(frame, values);
    const frames = someOf(changes, effort(changes.length, 3_000));
    for (let from = 0; from < frames.length; from += 2_000) expectAgreement(frames.slice(from, from + 2_000), neighbour);
  });

  it('reads numbers of every length in frames of a stream that it knows', () => {
    const digits = (count: number): string => '9123456780654321987'.slice(0, count);
    const frames = [bytesOf(samples[0]!)];
    for (let whole = 0; whole <= 15; whole++) {
      for (let decimals = 0; decimals <= 15; decimals++) {
        const amount = digits(whole) + (decimals === 0 ? '' : `.${digits(decimals)}`);
        frames.push(bytesOf(tradeFrame({ ...sample, p: amount, q: '0.00000001' }, 'btcusdt@trade')));
        frames.push(bytesOf(tradeFrame({ ...sample, p: '0.00000001', q: amount }, 'btcusdt@trade')));
      }
    }
    for (let count = 0; count <= 19; count++) {
      frames.push(bytesOf(tradeFrame({ ...sample, t: digits(count) }, 'btcusdt@trade')));
      frames.push(bytesOf(tradeFrame({ ...sample, t: `0${digits(count)}` }, 'btcusdt@trade')));
      frames.push(bytesOf(tradeFrame({ ...sample, T: digits(count) }, 'btcusdt@trade')));
      frames.push(bytesOf(tradeFrame({ ...sample, E: digits(count) }, 'btcusdt@trade')));
    }
    for (const t of ['9007199254740991', '9007199254740992', '9999999999999999']) {
      frames.push(bytesOf(tradeFrame({ ...sample, t }, 'btcusdt@trade')));
    }
    expect(expectAgreement(frames, neighbour).trades).toBeGreaterThan(300);
  });

  it('reads blocks of more frames, and frames of more bytes, than it copies at a time', () => {
    const trades = Array.from({ length: 5_000 }, (_, at) =>
      bytesOf(tradeFrame({ ...sample, t: `${3_735_683_260 + at}` }, 'btcusdt@trade')),
    );
    const large = bytesOf(`{"stream":"btcusdt@depth","data":"${'x'.repeat(200_000)}"}`);
    const huge = bytesOf(`{"stream":"btcusdt@depth","data":"${'x'.repeat(600_000)}"}`);
    const frames = [huge, ...trades.slice(0, 10), large, large, large, ...trades.slice(10, 4_000), huge, huge, ...trades.slice(4_000)];
    expect(expectAgreement(frames, neighbour)).toMatchObject({ trades: trades.length, others: 6 });
  });

  it('takes a trade frame with a space anywhere that JSON allows one', () => {
    const text = samples[0]!;
    const places = Array.from(text, (mark, at) => ('{}:,'.includes(mark) ? [at, at + 1] : [])).flat();
    const frames = places.map((at) => bytesOf(`${text.slice(0, at)} ${text.slice(at)}`));
    expect(expectAgreement(frames, neighbour).trades).toBe(frames.length);
  });

  it('reads a row after a refused wide value as if that had never been there', () => {
    const wide = tradeFrame({ ...sample, p: '0.000000000001', q: '12345678901234567890', T: '1723161980010' }, null);
    const fits = tradeFrame({ ...sample, p: '0.000000000001', q: '12345678901234567890' }, null);
    const frames = [wide, samples[0]!, fits, samples[1]!, wide, fits, wide, samples[2]!].map(bytesOf);
    expect(expectAgreement(frames, neighbour)).toMatchObject({ trades: 5, rejects: 3 });
  });

  it('survives bytes behind the last frame that would go on with it', () => {
    for (const text of samples) {
      const frame = bytesOf(text);
      for (let cut = 1; cut < frame.length; cut++) {
        const { decode } = binanceBench(MARKETS);
        const block = frameBlock([{ bytes: frame.subarray(0, cut), receiveTime: RECEIVED_NS }]);
        block.bytes.set(frame.subarray(cut, cut + 32), cut);
        const { trades, rejects } = decode(block);
        expect([trades.length, rejects.length]).toEqual([0, 1]);
      }
    }
  });
});
