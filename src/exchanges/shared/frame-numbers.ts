import type { LostFrames } from '../venue.js';

/** Frames that one outage can lose: a number further ahead than that is wrong, unless the next one follows it. */
const LOST_MAX = 1_000_000;

/** Counts the frames of one connection that are missing, by the numbers that its venue gives them: from 0 on, without gaps. */
export class FrameNumbers {
  #next = -1;
  #stranger = -1;

  /**
   * @param isLive whether the frames come from the connection itself, so that the first of them has the number 0. In a capture the
   *   first may have any number, and a 0 begins another connection.
   * @returns how many frames before this one did not arrive
   */
  take(number: number, isLive: boolean): number {
    const expected = this.#next < 0 ? (isLive ? 0 : number) : this.#next;
    if (number > expected + LOST_MAX && !this.#isBelieved(number)) return 0;
    if (number === 0 && !isLive) this.#next = 1;
    else this.#next = Math.max(expected, number + 1);
    // A lower number is a frame that comes late or again: it was counted as missing, or it was there.
    return Math.min(LOST_MAX, Math.max(0, number - expected));
  }

  #isBelieved(number: number): boolean {
    const follows = number === this.#stranger + 1;
    this.#stranger = number;
    return follows;
  }
}

/** What is missing of one connection, taken together with what was missing before. */
export function joinLost(before: LostFrames | undefined, lost: LostFrames): LostFrames {
  if (before === undefined) return lost;
  return {
    first: Math.min(before.first, lost.first),
    last: Math.max(before.last, lost.last),
    count: before.count + lost.count,
  };
}
