import type { Sink } from '../domain/ports/sink.js';
import { asError, SeracError } from '../errors.js';
import { Lane } from './lane.js';
import type { LanePorts } from './lane-ports.js';

/** Batches and bytes in flight to a command's own store. */
const BOUNDS = { batchesMax: 8, bytesMax: 128 * 1_048_576 };

/** The lane of a command: one write at a time; the first failure ends the command. */
export class CommandLane extends Lane {
  readonly #end: { failed?: Error };

  constructor(sink: Sink, world: Pick<LanePorts, 'clock' | 'turn'>) {
    const end: { failed?: Error } = {};
    super(
      { sink: failingOnce(sink, end), concurrency: 1, bounds: BOUNDS },
      // No write is retried, so there is no backoff to draw. Trades that are refused each by itself become rejects.
      { ...world, random: () => 0, onRefused: ({ error }) => (end.failed ??= error) },
    );
    this.#end = end;
  }

  /** What the command ends with. */
  get failed(): Error | undefined {
    return this.#end.failed;
  }
}

/** A sink that takes nothing more once a write failed. */
function failingOnce(sink: Sink, end: { failed?: Error }): Sink {
  return {
    name: sink.name,
    write: async (batch) => {
      try {
        if (end.failed === undefined) {
          await sink.write(batch);
          return;
        }
      } catch (thrown) {
        if (thrown instanceof SeracError && !thrown.retryable) throw thrown;
        end.failed ??= asError(thrown);
      }
      throw new SeracError('stopping', 'the command ends with what failed before', { cause: end.failed });
    },
    close: (deadlineMs) => sink.close(deadlineMs),
  };
}
