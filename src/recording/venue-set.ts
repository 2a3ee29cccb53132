import type { Part } from '../actors/supervisor.js';
import { SeracError } from '../errors.js';
import type { VenueRecording } from './venue-recording.js';

/**
 * The recorded venues: those of the configuration, and those whose first feed is added while the daemon runs. Two parts of the daemon,
 * because all sockets stop before any recorder drains.
 */
export class VenueSet {
  readonly recording: Part;
  readonly sockets: Part;
  readonly #venues: VenueRecording[];
  /** Venues whose part has started. */
  readonly #recording = new Set<VenueRecording>();
  readonly #dialing = new Set<VenueRecording>();
  #mayDial = false;
  #isOver = false;
  /** Venues that are starting. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(configured: readonly VenueRecording[]) {
    this.#venues = [...configured];
    this.recording = {
      name: 'recorders',
      drainWeight: 8,
      start: async () => {
        // One at a time: each loads all its state from the store at once.
        for (const venue of configured) await this.#record(venue);
      },
      stop: async (deadlineMs) => {
        this.#isOver = true;
        await Promise.all(this.#venues.map((venue) => venue.recording.stop(deadlineMs)));
      },
    };
    this.sockets = {
      name: 'sockets',
      drainWeight: 2,
      start: async () => {
        this.#mayDial = true;
        for (const venue of this.#venues) await this.#dial(venue);
      },
      stop: async (deadlineMs) => {
        this.#isOver = true;
        await Promise.all(this.#venues.map((venue) => venue.sockets.stop(deadlineMs)));
      },
    };
  }

  get list(): readonly VenueRecording[] {
    return this.#venues;
  }

  find(exchange: string): VenueRecording | undefined {
    return this.#venues.find(({ venue }) => venue.name === exchange);
  }

  /**
   * Starts recording a venue that had no feed. It is listed once it records.
   * @throws SeracError `stopping`, or why it could not start
   */
  async open(venue: VenueRecording): Promise<void> {
    await this.#opening;
    const opening = this.#open(venue);
    this.#opening = opening.catch(() => undefined);
    await opening;
  }

  async #open(venue: VenueRecording): Promise<void> {
    this.#assertGoesOn();
    await this.#record(venue);
    try {
      this.#assertGoesOn();
    } catch (error) {
      await venue.recording.stop(0);
      throw error;
    }
    this.#venues.push(venue);
    if (this.#mayDial) await this.#dial(venue);
  }

  /** A failed part is restarted for all venues that have started: each records once. */
  async #record(venue: VenueRecording): Promise<void> {
    if (this.#recording.has(venue)) return;
    await venue.recording.start(() => undefined);
    this.#recording.add(venue);
  }

  async #dial(venue: VenueRecording): Promise<void> {
    if (this.#dialing.has(venue)) return;
    this.#dialing.add(venue);
    await venue.sockets.start(() => undefined);
  }

  #assertGoesOn(): void {
    if (this.#isOver) throw new SeracError('stopping', 'The daemon is stopping.', { retryable: true });
  }
}
