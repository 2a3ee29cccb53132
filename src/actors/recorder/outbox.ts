import type { Batch } from '../../domain/ports.js';
import type { Outlet } from './recorder-ports.js';

/** Batches on their way to the outlet, in the order in which they were sent: one that finds no room makes those behind it wait. */
export class Outbox {
  readonly #unsent = new Set<Batch>();
  #sent: Promise<void> = Promise.resolve();

  /** @param onBacklog is told true when a batch finds no room, and false when there is room again */
  constructor(
    private readonly outlet: Outlet,
    private readonly onBacklog: (full: boolean) => void,
  ) {}

  /** Queues a batch behind those before it; waits where the outlet is full. */
  send(batch: Batch, acknowledged: () => void): void {
    this.#unsent.add(batch);
    this.#sent = this.#sent.then(async () => {
      while (!this.outlet.offer(batch, acknowledged)) {
        this.onBacklog(true);
        await this.outlet.room();
        this.onBacklog(false);
      }
      this.#unsent.delete(batch);
    });
  }

  /** Resolves when all that was sent so far is in the outlet's queue. */
  sent(): Promise<void> {
    return this.#sent;
  }

  /** Batches that found no room in the outlet yet, oldest first. */
  unsent(): Batch[] {
    return [...this.#unsent];
  }
}
