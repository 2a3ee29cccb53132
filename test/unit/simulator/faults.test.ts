import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import type { VenueName } from '../../../src/simulator/venues.js';
import { faulty, Listener, listening, runOf } from './fault-support.js';
import { get, START_MS } from './support.js';

const VENUES: readonly VenueName[] = ['binance', 'coinbase', 'kraken'];

const ascending = (left: number, right: number) => left - right;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The ids that a client without faults hears. */
function idsOf(venue: VenueName, toMs: number): readonly number[] {
  const run = runOf([], venue);
  run.to(toMs);
  return run.listener.ids();
}

describe('connections', () => {
  it.each(VENUES)('of %s are closed with a goodbye', (venue) => {
    const { listener, to, core } = runOf([{ fault: 'disconnect', atMs: 3_000, code: 1012 }], venue);
    to(10_000);
    expect(listener.ends).toEqual([{ kind: 'closed', code: 1012, reason: '' }]);
    expect(listener.events.at(-1)).toBe('3000 end closed');
    expect(core.met.get('disconnect')).toBe(1);
    expect(core.ledger.tradeCount(listening[venue].symbol)).toBeGreaterThan(listener.ids().length);
  });

  it('break', () => {
    const { listener, to } = runOf([{ fault: 'reset', atMs: 3_000 }]);
    to(10_000);
    expect(listener.ends).toEqual([{ kind: 'closed', code: 1006, reason: '' }]);
  });

  it.each(VENUES)('of %s go silent and stay open, while new ones work', (venue) => {
    const { listener, transport, to, core } = runOf([{ fault: 'silence', atMs: 3_000 }], venue);
    to(4_000);
    const { length } = listener.events;
    listener.socket.ping();
    listener.socket.send('{"method":"ping"}');
    const other = new Listener(transport, listening[venue].url, listening[venue].subscribe);
    to(60_000);
    expect(listener.events).toHaveLength(length);
    expect(other.ids().length).toBeGreaterThan(1_000);
    expect(core.met.get('silence')).toBe(1);
    // A goodbye is not answered either.
    listener.socket.close();
    to(89_000);
    expect(listener.ends).toEqual([]);
    to(91_000);
    expect(listener.ends).toEqual([{ kind: 'closed', code: 1006, reason: '' }]);
  });

  it("are cut at a moment of the venue's clock, when they are old enough", () => {
    const { listener, transport, to } = runOf([{ fault: 'dayCut', atVenueMs: START_MS + 5_000, olderThanMs: 3_000 }]);
    to(4_000);
    const young = new Listener(transport, '/ws');
    to(10_000, 1_000);
    expect(listener.ends).toEqual([{ kind: 'closed', code: 1001, reason: '' }]);
    expect(young.ends).toEqual([]);
  });

  it('are told of a shutdown by Binance, and only closed by the others', () => {
    const faults: readonly FaultInput[] = [{ fault: 'serverShutdown', atMs: 3_000, graceMs: 1_000 }];
    for (const venue of VENUES) {
      const { listener, to } = runOf(faults, venue);
      to(3_900);
      expect(listener.frames.some((frame) => frame.includes('serverShutdown'))).toBe(venue === 'binance');
      expect(listener.ends).toEqual([]);
      to(5_000);
      expect(listener.ends).toMatchObject([{ kind: 'closed' }]);
    }
  });

  it('are refused while that lasts', () => {
    const { transport, to } = runOf([{ fault: 'refuseConnect', atMs: 1_000, forMs: 2_000, status: 503 }]);
    to(1_500);
    const early = new Listener(transport, '/ws');
    to(3_500);
    const late = new Listener(transport, '/ws');
    to(4_000);
    expect(early.ends).toEqual([{ kind: 'refused', status: 503, retryAfterMs: null }]);
    expect(late.ends).toEqual([]);
    expect(late.events).toHaveLength(1);
  });

  it('are met one by one when the plan says so', () => {
    const { listener, transport, to } = runOf([{ fault: 'disconnect', atMs: 3_000, pick: 'one' }]);
    const others = [1, 2, 3].map(() => new Listener(transport, '/ws'));
    to(5_000);
    expect([listener, ...others].filter(({ ends }) => ends.length > 0)).toHaveLength(1);
  });
});

describe('frames', () => {
  it.each(VENUES)('of %s are lost while a loss lasts, and the ledger has them as sent', (venue) => {
    const all = idsOf(venue, 20_000);
    const { listener, core, to } = runOf([{ fault: 'lose', atMs: 5_000, forMs: 5_000 }], venue);
    to(20_000);
    const heard = new Set(listener.ids());
    const missing = all.filter((id) => !heard.has(id)).toSorted(ascending);
    expect(missing.length).toBeGreaterThan(100);
    expect(missing).toEqual(Array.from({ length: missing.length }, (_, index) => missing[0]! + index));
    expect(core.met.get('lose')).toBeGreaterThan(5);
    const [first, last] = core.ledger.emittedIds(listening[venue].symbol)[0]!;
    expect([first <= missing[0]!, last >= missing.at(-1)!]).toEqual([true, true]);
  });

  it('come twice, the copy behind the first', () => {
    const { listener, to } = runOf([{ fault: 'duplicate', atMs: 1_000, forMs: 10_000, share: 0.5 }]);
    to(15_000);
    const ids = listener.ids();
    const repeated = ids.filter((id, index) => id === ids[index - 1]);
    expect(repeated.length).toBeGreaterThan(100);
    expect([...new Set(ids)]).toEqual(idsOf('binance', 15_000));
  });

  it.each(VENUES)('of %s come out of order, and none gets lost', (venue) => {
    const { listener, to } = runOf([{ fault: 'reorder', atMs: 1_000, forMs: 10_000, share: 0.3, span: 4 }], venue);
    to(20_000);
    const ids = listener.ids();
    expect(ids).not.toEqual(idsOf(venue, 20_000));
    expect(ids.toSorted(ascending)).toEqual(idsOf(venue, 20_000).toSorted(ascending));
  });

  it('come later, in order', () => {
    const { listener, to } = runOf([{ fault: 'delay', atMs: 2_000, forMs: 3_000, delayMs: 2_000 }]);
    to(3_990);
    const before = listener.ids().length;
    expect(listener.events.filter((event) => event.includes('frame') && parseInt(event, 10) > 2_000)).toEqual([]);
    to(20_000);
    expect(listener.ids().length).toBeGreaterThan(before);
    expect(listener.ids()).toEqual(idsOf('binance', 20_000));
  });

  it('come as slowly as the line is', () => {
    const { listener, to } = runOf([{ fault: 'slow', atMs: 0, forMs: 5_000, bytesPerSecond: 2_000 }]);
    to(5_000);
    const bytes = listener.bytes.reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeGreaterThan(8_000);
    expect(bytes).toBeLessThan(10_500);
    to(200_000);
    expect(listener.ids()).toEqual(idsOf('binance', 200_000));
  });

  it.each(VENUES)('of %s are damaged so that no other trade can be read from them', (venue) => {
    const faults: readonly FaultInput[] = [
      { fault: 'flip', atMs: 1_000, forMs: 10_000, share: 0.5 },
      { fault: 'truncate', atMs: 1_000, forMs: 10_000, share: 0.5 },
    ];
    for (const each of faults) {
      const { fault } = each;
      const { listener, to, core } = runOf([each], venue);
      to(15_000);
      const damaged = listener.frames.filter((frame) => (fault === 'flip' ? /[\x80-\xff]/.test(frame) : !isJson(frame)));
      expect(damaged).toHaveLength(core.met.get(fault)!);
      expect(damaged.length).toBeGreaterThan(10);
    }
  });

  it('are too large to be taken', () => {
    const { listener, to } = runOf([{ fault: 'oversize', atMs: 2_000 }]);
    to(10_000);
    expect(listener.ends).toMatchObject([{ kind: 'oversized' }]);
    const { listener: patient, to: go } = runOf([{ fault: 'oversize', atMs: 2_000, bytes: 1 << 20 }]);
    go(10_000);
    expect(Math.max(...patient.bytes)).toBe(1 << 20);
    expect(patient.ids()).toEqual(idsOf('binance', 10_000));
  });

  it('come in pieces that the socket puts together', () => {
    const { listener, core, to } = runOf([{ fault: 'split', atMs: 1_000, forMs: 5_000, pieces: 4 }]);
    to(10_000);
    expect(listener.ids()).toEqual(idsOf('binance', 10_000));
    expect(core.met.get('split')).toBeGreaterThan(50);
    const raw = faulty([{ fault: 'split', atMs: 0, forMs: 5_000, pieces: 4 }]);
    const result = raw.connect({ url: '/ws/btcusdt@trade', clientIp: '::1' }, START_MS);
    expect(result.accepted).toBe(true);
    expect(raw.advance(START_MS + 4_000).every((item) => item.kind === 'message' && item.pieces === 4)).toBe(true);
  });
});

describe('subscriptions', () => {
  it.each([
    ['binance', /^\{"code":2,"msg":"[^"]+","id":1\}$/],
    ['coinbase', /^\{"type":"error","message":"[^"]+"\}$/],
    ['kraken', /^\{"error":"[^"]+","method":"subscribe","success":false,"symbol":"BTC\/USD".*"req_id":1\}$/],
  ] as const)('are refused by %s in its own words, and nothing is sent', (venue, words) => {
    const { listener, to, core } = runOf([{ fault: 'refuseSubscribe', atMs: 0 }], venue);
    to(4_000);
    expect(listener.frames.some((frame) => words.test(frame))).toBe(true);
    expect(listener.ids()).toEqual([]);
    expect(core.met.get('refuseSubscribe')).toBe(listening[venue].subscribe.length);
  });

  it.each(VENUES)('of %s get lost: no answer, no trade', (venue) => {
    const { listener, to } = runOf([{ fault: 'loseSubscribe', atMs: 0 }], venue);
    to(4_000);
    expect(listener.frames.filter((frame) => !frame.includes('"status"'))).toEqual([]);
    expect(listener.ids()).toEqual([]);
  });
});

describe('a clock that goes wrong', () => {
  it.each([1_270, -1_270])('by %i ms takes trades, pages and ledger with it', (offsetMs) => {
    const { listener, core, to } = runOf([{ fault: 'clockSkew', atMs: 0, offsetMs }]);
    to(20_000);
    const eventTimes = listener.frames.flatMap((frame) => [...frame.matchAll(/"E":(\d+)/g)].map(([, time]) => Number(time)));
    expect(Math.abs(eventTimes.at(-1)! - (START_MS + 20_000 + offsetMs))).toBeLessThan(3_000);
    expect(listener.ids()).toEqual([...core.ledger.trades('BTCUSDT', listener.ids()[0])].map(({ id }) => id));
    expect(JSON.parse(get(core, '/api/v3/time', START_MS + 20_000).body)).toEqual({ serverTime: START_MS + 20_000 + offsetMs });
  });

  it('is set back while it runs, and never goes back', () => {
    const { core, to } = runOf([{ fault: 'clockSkew', atMs: 5_000, offsetMs: -3_000 }]);
    const times: number[] = [];
    for (let afterMs = 0; afterMs <= 20_000; afterMs += 100) {
      to(afterMs);
      times.push(core.venueTimeMs(START_MS + afterMs) - START_MS);
    }
    expect(times.slice(1).every((time, index) => time >= times[index]!)).toBe(true);
    expect([times[50], times.at(-1)]).toEqual([5_000, 17_000]);
    const trades = [...core.ledger.trades('BTCUSDT')].map(({ timeUs }) => timeUs);
    expect(trades.every((time, index) => index === 0 || time >= trades[index - 1]!)).toBe(true);
  });
});

describe('a run', () => {
  const faults: readonly FaultInput[] = [
    { fault: 'reorder', atMs: 500, forMs: 20_000, share: 0.2 },
    { fault: 'lose', atMs: 3_000, forMs: 2_000, share: 0.5 },
    { fault: 'flip', atMs: 6_000, forMs: 2_000, share: 0.3 },
    { fault: 'delay', atMs: 9_000, forMs: 2_000, delayMs: 700 },
    { fault: 'disconnect', atMs: 15_000 },
  ];

  it.each(VENUES)('of %s is the same for the same seed, and another for another', (venue) => {
    const [one, again, other] = [1, 1, 2].map((seed) => {
      const run = runOf(faults, venue, seed);
      run.to(20_000);
      return run.listener;
    });
    expect(one!.frames.length).toBeGreaterThan(30);
    expect(again!.events).toEqual(one!.events);
    expect(again!.frames).toEqual(one!.frames);
    expect(other!.frames).not.toEqual(one!.frames);
  });

  it('meets the same frames however large its steps are', () => {
    const ids = [1, 10, 1_000].map((stepMs) => {
      const run = runOf([{ fault: 'lose', atMs: 3_210, forMs: 2_345 }], 'coinbase');
      run.to(10, 10);
      run.to(12_000, stepMs);
      return run.listener.ids();
    });
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).toEqual(ids[0]);
  });

  it('without faults is the run of the bare venue', () => {
    const { core } = runOf([]);
    expect(core.met.size).toBe(0);
  });
});
