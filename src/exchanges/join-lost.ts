import type { LostFrames } from './venue.js';

/** What is missing of one connection, taken together with what was missing before. */
export function joinLost(before: LostFrames | undefined, lost: LostFrames): LostFrames {
  if (before === undefined) return lost;
  return {
    first: Math.min(before.first, lost.first),
    last: Math.max(before.last, lost.last),
    count: before.count + lost.count,
  };
}
