import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { ConnectionLog } from '../../../src/recording/connection-log.js';
import { logged } from '../../support/core/logged.js';

function rig() {
  const clock = new SimulatedClock();
  const { logger, lines } = logged();
  const log = new ConnectionLog('binance', { clock, logger });
  const said = (): unknown[] => lines.splice(0).map(({ msg, cause }) => (cause === undefined ? msg : [msg, cause]));
  return {
    ...{ clock, log, lines, said },
    fail: (cause: string, type: 'lost' | 'unreplaced' = 'lost') =>
      log.note('0', { type, cause, reason: `connection failed: ${cause}`, retryAfterMs: null, streams: 2 }),
    open: () => log.note('0', { type: 'open', host: 'wss://venue.test', streams: 2 }),
  };
}

const FAILED = 'could not connect: retrying';
const LOST = 'the connection was lost: reconnecting';

describe('connections in the log', () => {
  it('are told once for each change of cause, however many attempts fail', () => {
    const { fail, said } = rig();
    for (let attempt = 0; attempt < 50; attempt++) fail('ENOTFOUND');
    for (let attempt = 0; attempt < 50; attempt++) fail('ECONNREFUSED');
    expect(said()).toEqual([
      [FAILED, 'ENOTFOUND'],
      [FAILED, 'ECONNREFUSED'],
    ]);
  });

  it('are told once an hour where causes come by turns, as of two hosts', () => {
    const { clock, fail, said } = rig();
    for (let attempt = 0; attempt < 60; attempt++) {
      fail(attempt % 2 === 0 ? 'ENOTFOUND' : 'HTTP 403');
      clock.increment(60_000);
    }
    expect(said()).toHaveLength(2);
    fail('ENOTFOUND');
    expect(said()).toEqual([[FAILED, 'ENOTFOUND']]);
  });

  it('are told when it is over, with how long it was and how often it was tried', () => {
    const { clock, fail, open, said, lines } = rig();
    open();
    fail('close 1006');
    clock.increment(12_000);
    fail('ECONNREFUSED');
    clock.increment(30_000);
    open();
    clock.increment(5_000);
    expect(lines.at(-1)).toMatchObject({ level: 30, afterMs: 42_000, attempts: 2, feeds: 2, venue: 'binance' });
    expect(said()).toEqual(['connected', [LOST, 'close 1006'], [FAILED, 'ECONNREFUSED'], 'connected again']);
    fail('close 1006');
    expect(said()).toEqual([[LOST, 'close 1006']]);
  });

  it('are not told again where each new one is closed at once', () => {
    const { clock, fail, open, said } = rig();
    for (let attempt = 0; attempt < 20; attempt++) {
      open();
      clock.increment(1_000);
      fail('close 1008');
      clock.increment(1_000);
    }
    expect(said()).toEqual(['connected', [LOST, 'close 1008']]);
  });

  it('are told where one could not be replaced, and the one in use goes on', () => {
    const { clock, fail, open, said } = rig();
    open();
    for (let attempt = 0; attempt < 3; attempt++) fail('timeout', 'unreplaced');
    open();
    clock.increment(5_000);
    expect(said()).toEqual([
      'connected',
      ['the connection could not be replaced: it stays in use, retrying', 'timeout'],
      'connected again',
    ]);
  });

  it('are counted by cause, of which a venue can make up no end', () => {
    const { fail, log } = rig();
    for (let code = 4_000; code < 5_000; code++) fail(`close ${code}`);
    expect(log.lost.size).toBe(33);
    expect([...log.lost.values()].reduce((sum, count) => sum + count)).toBe(1_000);
  });
});
