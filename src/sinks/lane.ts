import { firstValueFrom } from 'rxjs';
import { SinkActor, type SinkActorOptions, type SinkActorPorts } from '../actors/sink-actor.js';
import type { Batch, RefusedRows } from '../domain/ports/sink.js';
import type { SeracError } from '../errors.js';
import type { BatchInSteps, Outlet, Settled } from './outlet.js';

export interface SinkLanePorts extends Omit<SinkActorPorts, 'onAcknowledged' | 'onRefused'> {
  /** The sink will never take these rows, and nothing else keeps them. */
  readonly onRefused: (batch: Batch, error: SeracError) => void;
}

/** Sink actor as seen by a recorder: the offerer of a batch is told when it is stored or refused. */
export class SinkLane implements Outlet {
  readonly actor: SinkActor;
  readonly #callbacks = new Map<Batch, Settled>();

  constructor(options: SinkActorOptions, ports: SinkLanePorts) {
    this.actor = new SinkActor(options, {
      ...ports,
      onAcknowledged: (batch) => {
        this.#settle(batch);
        batch.release?.();
      },
      onRefused: (batch, { refused }) => {
        // A trade that is refused by itself becomes a reject, with all that it says.
        for (const rows of refused) if (!rows.isAlone || batch.table !== 'trades_data') ports.onRefused(rows.batch, rows.error);
        this.#settle(batch, refused);
        batch.release?.();
      },
    });
  }

  offer(batch: Batch, settled: Settled): boolean {
    // The batch may be written and acknowledged before offer returns.
    this.#callbacks.set(batch, settled);
    if (this.actor.offer(batch)) return true;
    this.#callbacks.delete(batch);
    return false;
  }

  async room(): Promise<void> {
    await firstValueFrom(this.actor.space$);
  }

  #settle(batch: Batch, refused?: readonly RefusedRows[]): void {
    const settled = this.#callbacks.get(batch);
    this.#callbacks.delete(batch);
    settled?.(refused);
  }
}

/** A batch on its way to the outlet. A large one is encoded in steps, because encoding it at once would block the sockets. */
class Parcel {
  #batch: Batch | undefined;

  constructor(private readonly steps: BatchInSteps) {}

  /** Runs the next step; returns the batch once it is complete. */
  step(): Batch | undefined {
    if (this.#batch !== undefined) return this.#batch;
    const { done, value } = this.steps.next();
    if (done === true) this.#batch = value;
    return this.#batch;
  }

  whole(): Batch {
    for (;;) {
      const batch = this.step();
      if (batch !== undefined) return batch;
    }
  }
}

/** Batches on their way to the outlet, in order: one that finds no room holds up those behind it. */
export class Outbox {
  readonly #unsent = new Set<Parcel>();
  #sent: Promise<void> = Promise.resolve();

  /**
   * @param onBacklog called with true when a batch finds no room, and with false when there is room again
   * @param turn yields to the event loop
   */
  constructor(
    private readonly outlet: Outlet,
    private readonly onBacklog: (full: boolean) => void,
    private readonly turn: () => Promise<void>,
  ) {}

  /** Queues a batch; waits if the outlet is full. */
  send(batch: Batch, settled: Settled): void {
    this.sendInSteps({ next: () => ({ done: true, value: batch }) }, settled);
  }

  /** The same for a batch that is not encoded yet. */
  sendInSteps(steps: BatchInSteps, settled: Settled): void {
    const parcel = new Parcel(steps);
    this.#unsent.add(parcel);
    // A small one is encoded at once.
    parcel.step();
    this.#sent = this.#sent.then(async () => {
      let batch = parcel.step();
      for (; batch === undefined; batch = parcel.step()) await this.turn();
      while (!this.outlet.offer(batch, settled)) {
        this.onBacklog(true);
        await this.outlet.room();
        this.onBacklog(false);
      }
      this.#unsent.delete(parcel);
    });
  }

  /** Resolves when everything sent so far is in the outlet's queue. */
  sent(): Promise<void> {
    return this.#sent;
  }

  /** Batches that found no room in the outlet yet, oldest first. */
  unsent(): Batch[] {
    return [...this.#unsent].map((parcel) => parcel.whole());
  }
}
