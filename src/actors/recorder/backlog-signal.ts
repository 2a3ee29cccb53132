import type { Backlog } from '../../recording/recorder/recorder-ports.js';

/** Tells when somebody falls behind, and when nobody is any more. */
export class BacklogSignal {
  readonly #behind = new Set<Backlog>();

  constructor(private readonly onChange: (full: boolean, behind: Backlog) => void) {}

  set(behind: Backlog, full: boolean): void {
    if (full === this.#behind.has(behind)) return;
    if (full) this.#behind.add(behind);
    else this.#behind.delete(behind);
    if (this.#behind.size === (full ? 1 : 0)) this.onChange(full, behind);
  }
}
