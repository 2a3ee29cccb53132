import { SeracError } from '../../errors.js';

/** Releases the place; idempotent. */
export type Release = () => void;

interface Waiting {
  readonly goesFirst: boolean;
  readonly enter: () => void;
}

/**
 * A bounded number of places with a bounded queue: priority requests first, both kinds in order of arrival. Some places are reserved for
 * priority requests, so that they find one however long others hold theirs.
 */
export class Gate {
  readonly #what: string;
  readonly #places: number;
  readonly #kept: number;
  readonly #maxWaiting: number;
  readonly #waiting: Waiting[] = [];
  #taken = 0;
  /** Of those, taken without priority. */
  #takenByOthers = 0;

  /**
   * @param what is named in the refusal, in the plural
   * @param kept places reserved for priority requests
   */
  constructor(what: string, places: number, maxWaiting: number, kept = 0) {
    this.#what = what;
    this.#places = places;
    this.#kept = kept;
    this.#maxWaiting = maxWaiting;
  }

  /** Waits for a place. Throws `overloaded` if the queue is full, `stopping` if `signal` aborts the wait. */
  async enter(signal: AbortSignal, goesFirst = false): Promise<Release> {
    signal.throwIfAborted();
    if (this.#isFree(goesFirst)) this.#take(goesFirst, 1);
    else await this.#wait(signal, goesFirst);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#take(goesFirst, -1);
      this.#admit();
    };
  }

  #wait(signal: AbortSignal, goesFirst: boolean): Promise<void> {
    // Priority requests have a queue limit of their own: they are never refused because of others.
    if (this.#waiting.filter((waiting) => waiting.goesFirst === goesFirst).length >= this.#maxWaiting) {
      throw new SeracError(
        'overloaded',
        `${this.#taken} ${this.#what} are running and ${this.#maxWaiting} more are queued: try again later.`,
        {
          retryable: true,
        },
      );
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        goesFirst,
        enter: () => {
          leave();
          this.#take(goesFirst, 1);
          resolve();
        },
      };
      const leave = (): void => {
        signal.removeEventListener('abort', giveUp);
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      };
      const giveUp = (): void => {
        leave();
        reject(new SeracError('stopping', 'The request was cancelled while it was queued.', { cause: signal.reason }));
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Queued requests get places before any newcomer. */
  #admit(): void {
    for (const goesFirst of [true, false]) {
      while (this.#isFree(goesFirst)) {
        const next = this.#waiting.find((waiting) => waiting.goesFirst === goesFirst);
        if (next === undefined) break;
        next.enter();
      }
    }
  }

  #isFree(goesFirst: boolean): boolean {
    return this.#taken < this.#places && (goesFirst || this.#takenByOthers < this.#places - this.#kept);
  }

  #take(goesFirst: boolean, places: 1 | -1): void {
    this.#taken += places;
    if (!goesFirst) this.#takenByOthers += places;
  }
}
