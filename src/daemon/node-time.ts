import { randomInt } from 'node:crypto';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { NODE_TURNS } from '../sources/websocket/frame-collector.js';
import { MACHINE_TIME, systemClock } from './system-clock.js';
import type { World } from './world.js';

/** Time and chance of the machine, for a daemon and for a command. */
export type NodeTime = Pick<World, 'clock' | 'time' | 'random' | 'turns' | 'turn'>;

export function nodeTime(): NodeTime {
  return {
    clock: systemClock(MACHINE_TIME),
    time: MACHINE_TIME,
    random: () => randomInt(2 ** 47) / 2 ** 47,
    turns: NODE_TURNS,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** Resolution of the histogram's own timer: it measures this much when nothing is delayed. */
const RESOLUTION_MS = 20;

/** Event loop delay. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #takenAt = performance.now();

  constructor(readonly takeEveryMs: number) {}

  start(): void {
    this.#takenAt = performance.now();
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /**
   * The 99th percentile since the last call, ms. The call itself counts: after a reset the histogram has nothing to compare its first tick
   * with, so a loop blocked from one call to the next would go unnoticed.
   */
  take(): number {
    const now = performance.now();
    const lateMs = now - this.#takenAt - this.takeEveryMs;
    const p99Ms = this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#takenAt = now;
    this.#histogram.reset();
    return Math.max(0, p99Ms, lateMs);
  }
}
