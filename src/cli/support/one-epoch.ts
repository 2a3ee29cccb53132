import { randomUUID } from 'node:crypto';

/** The epoch of one command: rows that it writes once more, because they are gone, are no repeats of those that an earlier one wrote. */
export function oneEpoch(): () => string {
  const epoch = randomUUID();
  return () => epoch;
}
