import type { Sink } from '../domain/ports/sink.js';
import { asError } from '../errors.js';
import type { Outlet, Settled } from './outlet.js';

/** Batches that wait for a command's own store. */
const QUEUED_BATCHES_MAX = 8;

/** A way out for a command: one write after another; the first failure ends the command. */
export interface CommandOutlet extends Outlet {
  readonly failed: Error | undefined;
}

export function openOutlet(sink: Sink): CommandOutlet {
  let queued = 0;
  let tail = Promise.resolve();
  let waiting: (() => void)[] = [];
  const outlet = {
    failed: undefined as Error | undefined,
    offer(batch: Parameters<Outlet['offer']>[0], settled: Settled): boolean {
      if (queued >= QUEUED_BATCHES_MAX) return false;
      queued += 1;
      tail = tail.then(async () => {
        try {
          if (outlet.failed === undefined) await sink.write(batch);
        } catch (error) {
          outlet.failed = asError(error);
        }
        queued -= 1;
        // The command ends with what failed: nothing more is stored of it.
        settled(outlet.failed === undefined ? undefined : 'refused');
        const resolve = waiting;
        waiting = [];
        for (const wake of resolve) wake();
      });
      return true;
    },
    room: () => new Promise<void>((resolve) => waiting.push(resolve)),
  };
  return outlet;
}
