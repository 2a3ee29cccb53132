import { SeracError } from '../../errors.js';

/** Gives back the place; calling it again does nothing. */
export type Release = () => void;

/** A bounded number of places with a bounded queue before them, first come, first served. */
export class Gate {
  readonly #places: number;
  readonly #maxWaiting: number;
  readonly #what: string;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /** @param what is named in the refusal, in the plural */
  constructor(what: string, places: number, maxWaiting: number) {
    this.#what = what;
    this.#places = places;
    this.#maxWaiting = maxWaiting;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Waits for a place. Throws `overloaded` when the queue is full, `stopping` when `signal` aborts the wait. */
  async enter(signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    if (this.#taken < this.#places) {
      this.#taken += 1;
    } else {
      await this.#wait(signal);
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new SeracError('overloaded', `${this.#places} ${this.#what} run and ${this.#maxWaiting} more wait: try again later.`, {
        retryable: true,
      });
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new SeracError('stopping', 'The request was given up while it waited for its turn.', { cause: signal.reason }));
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Hands the place to the next in the queue, so that a newcomer cannot take it in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
