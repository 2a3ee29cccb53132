import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockPart } from '../../../src/daemon/clock-part.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import { logged } from '../../support/core/logged.js';

const START_MS = 1_723_161_600_000;

/** A machine whose clocks a test turns. */
function rig() {
  const machine = { wallMs: START_MS, monotonicNs: 5_000_000_000n };
  const sources = { wallMs: () => machine.wallMs, monotonicNs: () => machine.monotonicNs };
  const clock = systemClock(sources);
  const { logger, lines } = logged();
  const ahead = new Map<string, number>();
  let slewedUs = 0;
  const part = new ClockPart({ clock, sources, logger, onSlewed: (byUs) => (slewedUs += byUs), aheadOf: () => [...ahead] });
  const pass = (ms: number): void => {
    machine.wallMs += ms;
    machine.monotonicNs += BigInt(ms) * 1_000_000n;
  };
  return {
    ...{ machine, clock, part, lines, ahead, pass },
    slewedUs: () => slewedUs,
    /** Lets seconds pass, and gives the daemon's time after each of them. */
    run: (seconds: number): number[] =>
      Array.from({ length: seconds }, () => {
        pass(1_000);
        part.compare();
        return clock.now();
      }),
    said: () => lines.splice(0).map(({ msg }) => msg),
  };
}

describe("the daemon's clock", () => {
  it('follows a wall clock that was set, in small steps, and never goes back nor jumps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ stepMs: fc.integer({ min: -5_000, max: 5_000 }), seconds: fc.integer({ min: 1, max: 60 }) })),
        (steps) => {
          const { machine, clock, run } = rig();
          let before = clock.nowNs();
          for (const { stepMs, seconds } of steps) {
            machine.wallMs += stepMs;
            for (let second = 0; second < seconds; second++) {
              run(1);
              const passedMs = Number(clock.nowNs() - before) / 1e6;
              before = clock.nowNs();
              expect(passedMs).toBeGreaterThanOrEqual(949);
              expect(passedMs).toBeLessThanOrEqual(1_051);
            }
          }
          run(600 + 30 * steps.length * 5);
          expect(Math.abs(machine.wallMs - clock.now())).toBeLessThanOrEqual(3);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('tells by how much it gained on the monotonic clock', () => {
    const { machine, clock, run, slewedUs } = rig();
    const startNs = clock.nowNs() - machine.monotonicNs;
    machine.wallMs += 3_000;
    run(30);
    expect(slewedUs()).toBeCloseTo(Number(clock.nowNs() - machine.monotonicNs - startNs) / 1_000, 3);
    expect(slewedUs()).toBeGreaterThan(1_000_000);
  });

  it('says that the wall clock was set, once, and by how much', () => {
    const { machine, run, lines, said } = rig();
    run(5);
    machine.wallMs -= 7_200_000;
    run(60);
    expect(lines).toMatchObject([{ level: 40, part: 'clock', stepMs: -7_200_000 }]);
    expect(said()).toEqual(["the wall clock was set: the daemon's clock is adjusted in small steps"]);
  });

  it('says that the machine slept, or the process did not run, and how long', () => {
    const { machine, pass, run, part, lines } = rig();
    run(2);
    pass(31_000);
    part.compare();
    expect(lines).toMatchObject([{ level: 40, sleptMs: 30_000, msg: 'the process was suspended' }]);
    lines.length = 0;
    machine.wallMs += 3_600_000;
    run(2);
    expect(lines).toMatchObject([
      { stepMs: 3_600_000, msg: "the wall clock was set forward, or the machine slept: the daemon's clock is adjusted in small steps" },
    ]);
    expect(part.health.detail).toMatch(/^3599\.9 s from the wall clock/);
  });

  it("warns once where it is more than a second off an exchange's, and says when it is over", () => {
    const { ahead, run, part, lines } = rig();
    ahead.set('binance', 900).set('kraken', -40);
    run(3);
    expect([lines, part.health.detail]).toEqual([[], 'right']);
    ahead.set('binance', -1_700);
    run(10);
    ahead.set('binance', -900);
    run(10);
    expect(lines).toMatchObject([{ level: 40, venue: 'binance', aheadMs: -1_700 }]);
    expect(part.health).toEqual({ name: 'clock', ok: true, detail: 'the clock is 0.9 s behind that of binance' });
    ahead.set('binance', -100);
    run(10);
    expect(lines).toMatchObject([{}, { level: 30, msg: 'the clock agrees with binance again' }]);
  });
});
