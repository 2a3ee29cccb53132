import { BatchWrite } from '../actors/batch-write.js';
import type { Batch, RefusedRows, Sink } from '../domain/ports/sink.js';
import { asError, SeracError } from '../errors.js';
import type { Outlet, Settled } from './outlet.js';

/** Batches in flight to a command's own store. */
const QUEUED_BATCHES_MAX = 8;

/** The outlet of a command: one write at a time; the first failure ends the command. */
export interface CommandOutlet extends Outlet {
  readonly failed: Error | undefined;
}

export function openOutlet(sink: Sink): CommandOutlet {
  let queued = 0;
  let tail = Promise.resolve();
  let waiting: (() => void)[] = [];
  const write = async (batch: Batch): Promise<readonly RefusedRows[]> => {
    try {
      if (outlet.failed === undefined) {
        const { refused } = await new BatchWrite(batch).write(sink);
        // A trade that is refused by itself becomes a reject; nothing else would tell of other rows.
        outlet.failed = refused.find(({ isAlone }) => !isAlone || batch.table !== 'trades_data')?.error;
        return refused;
      }
    } catch (error) {
      outlet.failed = asError(error);
    }
    // The command ends with this failure: nothing more is stored.
    const error = new SeracError('store.refused', 'the command ends with what failed before', { cause: outlet.failed });
    return [{ from: 0, to: batch.rows, error, batch, isAlone: false }];
  };
  const outlet = {
    failed: undefined as Error | undefined,
    offer(batch: Batch, settled: Settled): boolean {
      if (queued >= QUEUED_BATCHES_MAX) return false;
      queued += 1;
      tail = tail.then(async () => {
        const refused = await write(batch);
        queued -= 1;
        settled(refused);
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
