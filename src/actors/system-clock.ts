import type { Clock } from '../machines/clock.js';

/** The machine's own time. */
export interface SystemClock extends Clock {
  /**
   * ns since the epoch: the wall clock as it was when this was made, moved by the monotonic clock. It never goes back and never
   * jumps; what it is off by is constant, and venue clocks are compared with it by differences.
   */
  readonly nowNs: () => bigint;
}

export function systemClock(): SystemClock {
  const offsetNs = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
  const nowNs = (): bigint => process.hrtime.bigint() + offsetNs;
  return {
    nowNs,
    now: () => Number(nowNs() / 1_000_000n),
    setTimeout: (run, delayMs) => setTimeout(run, Math.min(delayMs, TIMEOUT_MAX_MS)),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  };
}

/** Node runs a longer timer at once. No delay of ours comes near it but a ban that a venue made up. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;
