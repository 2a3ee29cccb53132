import type { LostFrames } from '../venue.js';

/** Most frames that one outage can lose: a number further ahead is wrong, unless the next one follows it. */
const LOST_MAX = 1_000_000;

/** Counts the lost frames of one connection by the venue's frame numbers: from 0 on, without gaps. */
export class FrameNumbers {
  #next = -1;
  #stranger = -1;

  /** @param isJoined whether the connection was open before: then the first frame that comes has any number */
  constructor(private readonly isJoined = false) {}

  /**
   * @param isLive whether the frames come from the connection itself, so that the first has the number 0. In a capture the
   * first may have any number, and a 0 starts another connection.
   * @returns how many frames before this one were lost
   */
  take(number: number, isLive: boolean): number {
    const expected = this.#next < 0 ? (isLive && !this.isJoined ? 0 : number) : this.#next;
    if (number > expected + LOST_MAX && !this.#isBelieved(number)) return 0;
    if (number === 0 && !isLive) this.#next = 1;
    else this.#next = Math.max(expected, number + 1);
    // A lower number is a late or repeated frame: it was counted as lost, or it was received.
    return Math.min(LOST_MAX, Math.max(0, number - expected));
  }

  #isBelieved(number: number): boolean {
    const follows = number === this.#stranger + 1;
    this.#stranger = number;
    return follows;
  }
}

/** Merges two losses of one connection. */
export function joinLost(before: LostFrames | undefined, lost: LostFrames): LostFrames {
  if (before === undefined) return lost;
  return {
    first: Math.min(before.first, lost.first),
    last: Math.max(before.last, lost.last),
    count: before.count + lost.count,
  };
}
