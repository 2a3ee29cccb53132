import { firstValueFrom } from 'rxjs';
import { SinkActor, type SinkActorOptions, type SinkActorPorts } from '../actors/sink-actor.js';
import type { Batch } from '../domain/ports/sink.js';
import type { Outlet, Settled } from './outlet.js';

/** A sink actor as a recorder sees it: who offered a batch is told when it is kept, or that it never will be. */
export class SinkLane implements Outlet {
  readonly actor: SinkActor;
  readonly #callbacks = new Map<Batch, Settled>();

  constructor(options: SinkActorOptions, ports: Omit<SinkActorPorts, 'onAcknowledged'>) {
    this.actor = new SinkActor(options, {
      ...ports,
      onAcknowledged: (batch) => {
        this.#settle(batch);
        batch.release?.();
      },
      onRefused: (batch, error) => {
        ports.onRefused(batch, error);
        this.#settle(batch, 'refused');
      },
    });
  }

  offer(batch: Batch, settled: Settled): boolean {
    // The batch may be written, and acknowledged, before offer returns.
    this.#callbacks.set(batch, settled);
    if (this.actor.offer(batch)) return true;
    this.#callbacks.delete(batch);
    return false;
  }

  async room(): Promise<void> {
    await firstValueFrom(this.actor.space$);
  }

  #settle(batch: Batch, outcome?: 'refused'): void {
    const settled = this.#callbacks.get(batch);
    this.#callbacks.delete(batch);
    settled?.(outcome);
  }
}
