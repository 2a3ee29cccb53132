import type { Backlog } from './recorder-ports.js';

/** Number of blocks waiting for threads at which sockets are paused: some 40 MB, or half a second at a million trades a second. */
const WAITING_BLOCKS_MAX = 256;

/** How many blocks of frames wait for threads. */
export class WaitingBlocks {
  #count = 0;
  #whenFewer: (() => void)[] = [];

  /** @param onBacklog called with true when too many wait, and with false when none does */
  constructor(private readonly onBacklog: (full: boolean) => void) {}

  get count(): number {
    return this.#count;
  }

  set(count: number): void {
    const areFewer = count < this.#count;
    this.#count = count;
    if (count >= WAITING_BLOCKS_MAX) this.onBacklog(true);
    if (count === 0) this.onBacklog(false);
    if (!areFewer) return;
    const whenFewer = this.#whenFewer;
    this.#whenFewer = [];
    for (const resolve of whenFewer) resolve();
  }

  /** Resolves when no more than this many wait. */
  async atMost(blocks: number): Promise<void> {
    while (this.#count > blocks) await new Promise<void>((resolve) => this.#whenFewer.push(resolve));
  }
}

/** Combines several backlogs: signals when the first one starts and when the last one ends. */
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
