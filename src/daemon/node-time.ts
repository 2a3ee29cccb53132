import { randomInt } from 'node:crypto';
import { NODE_TURNS } from '../sources/websocket/frame-collector.js';
import type { World } from './world.js';
import { MACHINE_TIME, systemClock } from './system-clock.js';

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
