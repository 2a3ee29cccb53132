import type { Clock, SlewedClock } from '../domain/clock.js';

/** Source of the machine's time. */
export interface TimeSources {
  /** ms since the epoch; it may jump either way. */
  readonly wallMs: () => number;
  /** ns since any moment; it never goes back. */
  readonly monotonicNs: () => bigint;
}

type Timers = Pick<Clock, 'setTimeout' | 'clearTimeout'>;

/** The machine's own clocks. */
export const MACHINE_TIME: TimeSources = { wallMs: () => Date.now(), monotonicNs: () => process.hrtime.bigint() };
const MILLION = 1_000_000n;
const NS_PER_MS = 1_000_000n;

/** Node runs a longer timer at once. None of our delays comes near it except a Retry-After that a venue made up. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** Node's own. */
const NODE_TIMERS: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export function systemClock({ wallMs, monotonicNs }: TimeSources = MACHINE_TIME, timers: Timers = NODE_TIMERS): SlewedClock {
  const offsetNs = BigInt(wallMs()) * NS_PER_MS - monotonicNs();
  /** Total gain until the rate was last set, and when that was. */
  let [gainedNs, sinceNs, ppm] = [0n, 0n, 0n];
  const gained = (atNs: bigint): bigint => (ppm === 0n ? gainedNs : gainedNs + ((atNs - sinceNs) * ppm) / MILLION);
  const nowNs = (): bigint => {
    const atNs = monotonicNs();
    return atNs + offsetNs + gained(atNs);
  };
  return {
    nowNs,
    now: () => Number(nowNs() / NS_PER_MS),
    run: (fasterByPpm) => {
      const atNs = monotonicNs();
      [gainedNs, sinceNs, ppm] = [gained(atNs), atNs, BigInt(Math.round(fasterByPpm))];
    },
    slewedNs: () => gained(monotonicNs()),
    setTimeout: (run, delayMs) => timers.setTimeout(run, Math.min(delayMs, TIMEOUT_MAX_MS)),
    clearTimeout: (timer) => timers.clearTimeout(timer),
  };
}
