import type { Part } from '../actors/supervisor.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';
import { messageOf } from '../errors.js';
import type { VenueSet } from '../recording/venue-set.js';
import type { StorePart } from './store-part.js';

export interface RecordingPartPorts {
  readonly venues: VenueSet;
  readonly store: StorePart;
  readonly clock: Clock;
  readonly logger: Log;
}

/** How long to wait before recording is restarted once more. */
const RESUME_AGAIN_MS = 1_000;

/** The recorders of all venues: they begin with what is stored, and begin again where rows that were stored are gone. */
export class RecordingPart implements Part {
  readonly name: string;
  readonly drainWeight: number;
  /** Whether the recorders have started, and whether they are restarting now. */
  #hasBegun = false;
  #isResuming = false;
  /** What was spooled is stored now: recorders that gave it up have to look. */
  #isBehind = false;
  #isOver = false;

  constructor(readonly ports: RecordingPartPorts) {
    const { name, drainWeight = 1 } = ports.venues.recording;
    [this.name, this.drainWeight] = [name, drainWeight];
  }

  async start(onDown: (error: unknown) => void): Promise<void> {
    const { venues, store } = this.ports;
    const { damage } = store;
    const { finds } = damage;
    await damage.around(
      () => store.connection,
      async () => await venues.recording.start(onDown),
    );
    damage.settled(finds);
    this.#hasBegun = true;
    // Venues that had begun when a part was taken out have not looked for what it held of theirs.
    if (damage.doubted.size > 0) void this.resumeFromStore();
  }

  stop(deadlineMs: number): Promise<unknown> {
    this.#isOver = true;
    return this.ports.venues.recording.stop(deadlineMs);
  }

  /** The daemon is to end: recording is not begun again. */
  noResume(): void {
    this.#isOver = true;
  }

  /** Rows that recorders only spooled are stored now: each venue restarts with them, as after a restart of the daemon. */
  resumeWithSpooled(): Promise<void> {
    // One that has not started yet begins with them.
    this.#isBehind = this.#hasBegun;
    return this.resumeFromStore();
  }

  /** Stored rows are lost: each venue restarts with the rest, as after a restart of the daemon. */
  async resumeFromStore(): Promise<void> {
    const { venues, store, clock, logger } = this.ports;
    const { damage } = store;
    // A recorder that has not started yet checks when it does.
    if (!this.#hasBegun || this.#isResuming) return;
    this.#isResuming = true;
    while (!this.#isOver && (damage.doubted.size > 0 || this.#isBehind)) {
      const { finds } = damage;
      const doubted = [...damage.doubted];
      logger[doubted.length > 0 ? 'warn' : 'info']({ part: 'recorder', doubted }, 'recording restarts from what is stored');
      this.#isBehind = false;
      try {
        for (const venue of venues.list) {
          await damage.around(
            () => store.connection,
            () => venue.resumeFromStore(),
          );
        }
        damage.settled(finds);
      } catch (error) {
        this.#isBehind = true;
        logger.error({ part: 'recorder', error: messageOf(error) }, 'recording could not restart; retrying');
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, RESUME_AGAIN_MS));
      }
    }
    this.#isResuming = false;
  }
}
