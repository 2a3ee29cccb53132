import { randomInt } from 'node:crypto';

/** A frame with each of its bytes left out, and with each of these values put before it and in its place. */
export function changesOf(frame: Uint8Array, values: readonly number[]): Uint8Array[] {
  const changes: Uint8Array[] = [];
  for (let at = 0; at < frame.length; at++) {
    const without = new Uint8Array(frame.length - 1);
    without.set(frame.subarray(0, at));
    without.set(frame.subarray(at + 1), at);
    changes.push(without);
    for (const value of values) {
      const longer = new Uint8Array(frame.length + 1);
      longer.set(frame.subarray(0, at));
      longer[at] = value;
      longer.set(frame.subarray(at), at + 1);
      const changed = frame.slice();
      changed[at] = value;
      changes.push(longer, changed);
    }
  }
  return changes;
}

/** So many of them, or all, evenly spread from anywhere on: others each time. */
export function someOf<T>(all: readonly T[], count: number): readonly T[] {
  const every = Math.max(1, Math.floor(all.length / count));
  const from = randomInt(every);
  return every === 1 ? all : all.filter((_, at) => at % every === from);
}
