import type { RejectCounts, RejectReason } from '../../domain/reject.js';

/** Rejects of a connection that are kept, each second: twenty times what a venue's recorder writes down. Others are counted. */
const KEPT_PER_SECOND_MAX = 2_000;
const SECOND_US = 1_000_000;

/** Limits the rejects of one connection that are made objects with their text: a server can send a million empty frames a second. */
export class RejectQuota {
  #second = -1;
  #kept = 0;
  #counted = new Map<RejectReason, number>();

  /** @param localTime receive time, us. @returns false if the reject is only counted */
  admits(reason: RejectReason, localTime: number): boolean {
    if (this.#isSpent(localTime)) {
      this.#counted.set(reason, (this.#counted.get(reason) ?? 0) + 1);
      return false;
    }
    this.#kept += 1;
    return true;
  }

  /**
   * Whether a frame that no scanner took needs no parser, and is counted: no more rejects are kept, and it cannot be a JSON object. An
   * error that JSON.parse throws costs a hundred times as much as this look.
   */
  skips(bytes: Uint8Array, start: number, end: number, localTime: number): boolean {
    return this.#isSpent(localTime) && isNoObject(bytes, start, end) && !this.admits('malformed_json', localTime);
  }

  #isSpent(localTime: number): boolean {
    const second = Math.floor(localTime / SECOND_US);
    if (second !== this.#second) {
      this.#second = second;
      this.#kept = 0;
    }
    return this.#kept >= KEPT_PER_SECOND_MAX;
  }

  /** Rejects that were only counted since the last call; undefined if there were none. */
  take(): RejectCounts | undefined {
    if (this.#counted.size === 0) return undefined;
    const counted = this.#counted;
    this.#counted = new Map();
    return counted;
  }
}

const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = 0x20;

/** The first byte of a byte order mark, which TextDecoder leaves out. */
const MARK = 0xef;

/** Whether a frame is empty, or its first or last character is not that of a JSON object. */
function isNoObject(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start;
  let to = end - 1;
  // Spaces, tabs and line ends may surround an object; all other characters below them make it no JSON.
  while (from < end && bytes[from]! <= SPACE) from += 1;
  while (to > from && bytes[to]! <= SPACE) to -= 1;
  return from >= to || (bytes[from] !== OPEN && bytes[from] !== MARK) || bytes[to] !== CLOSE;
}
