import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { binance } from '../../../src/exchanges/binance/index.js';
import { coinbase } from '../../../src/exchanges/coinbase/index.js';
import { ConnectionLimiter, connectionLimits, messageLimits } from '../../../src/sources/websocket/connection-limiter.js';

function rig(attempts: number, windowMs: number) {
  const clock = new SimulatedClock();
  const limiter = new ConnectionLimiter({ attempts, windowMs }, clock);
  const made: number[] = [];
  return { clock, limiter, made, enter: (name: number) => limiter.enter(() => void made.push(name)) };
}

describe('connection limiter', () => {
  it('lets no more attempts through in any window than it is told, in the order asked', () => {
    const { clock, made, enter } = rig(3, 1_000);
    for (let name = 0; name < 8; name++) enter(name);
    expect(made).toEqual([0, 1, 2]);
    clock.increment(999);
    expect(made).toHaveLength(3);
    clock.increment(1);
    expect(made).toHaveLength(6);
    clock.increment(1_000);
    expect(made).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('holds every attempt back for as long as the venue says', () => {
    const { clock, limiter, made, enter } = rig(3, 1_000);
    limiter.hold(5_000);
    enter(0);
    clock.increment(4_999);
    expect(made).toEqual([]);
    clock.increment(1);
    expect(made).toEqual([0]);
  });

  it('gives the turn of one that gave up to the next', () => {
    const { clock, made, enter } = rig(1, 1_000);
    enter(0);
    const giveUp = enter(1);
    enter(2);
    giveUp();
    clock.increment(1_000);
    expect(made).toEqual([0, 2]);
  });

  it('stays below the limit that a venue documents', () => {
    expect(connectionLimits(binance.limits)).toEqual({ attempts: 240, windowMs: 300_000 });
    expect(connectionLimits(coinbase.limits)).toEqual({ attempts: 6, windowMs: 1_000 });
    expect(messageLimits(coinbase.limits)).toEqual({ attempts: 1, windowMs: 167 });
    expect(messageLimits(binance.limits)).toBeNull();
  });
});
