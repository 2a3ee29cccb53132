import type { Transition } from '../machines/transition.js';

/** How many transitions a machine's actor remembers. All of them are in the table `feed_events`. */
export const TRANSITIONS_KEPT = 50;

/** The last transitions of one machine, the oldest let go first. */
export class TransitionRing {
  readonly #kept: Transition[] = [];
  #next = 0;

  push(transition: Transition): void {
    this.#kept[this.#next] = transition;
    this.#next = (this.#next + 1) % TRANSITIONS_KEPT;
  }

  /** Oldest first. */
  list(): Transition[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
  }
}
