/** Blocks that wait for threads at which sockets are paused: some 40 MB, or half a second of a million trades a second. */
const WAITING_BLOCKS_MAX = 256;

/** How many blocks of frames wait for threads. */
export class WaitingBlocks {
  #count = 0;
  #whenNone: (() => void)[] = [];

  /** @param onBacklog is told true while too many wait, and false when none does */
  constructor(private readonly onBacklog: (full: boolean) => void) {}

  get count(): number {
    return this.#count;
  }

  set(count: number): void {
    this.#count = count;
    if (count >= WAITING_BLOCKS_MAX) this.onBacklog(true);
    if (count > 0) return;
    this.onBacklog(false);
    const whenNone = this.#whenNone;
    this.#whenNone = [];
    for (const resolve of whenNone) resolve();
  }

  /** Resolves when none waits. */
  async none(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#whenNone.push(resolve));
  }
}
