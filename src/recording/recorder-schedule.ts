import { every } from '../domain/every.js';
import type { LiveFeed } from './recorder/recorder-ports.js';
import type { VenueRecorder } from './recorder/venue-recorder.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import type { Clock } from '../domain/clock.js';
import type { PressureLevel } from '../machines/feed/degradation.js';
import { paceAt, type RecordingPace } from '../daemon/recording-pace.js';

export interface RecordingRhythmsPorts {
  readonly clock: Clock;
  /** Each symbol, with the connection on which its trades arrive. */
  readonly feeds: () => Iterable<LiveFeed>;
  /** Called with each batch. */
  readonly onBatch: () => void;
}

const CHECKPOINT_EVERY_MS = 10_000;

/** What a venue's recorder has to be told again and again; how often, the level of pressure says. */
export class RecordingRhythms {
  #pace: RecordingPace;
  #recorder: VenueRecorder | null = null;
  #batches: (() => void) | null = null;
  #others: (() => void)[] = [];

  constructor(
    readonly config: DeepReadonly<Config>['recording'],
    readonly ports: RecordingRhythmsPorts,
  ) {
    this.#pace = paceAt(0, config);
  }

  /** How the venue is recorded now. */
  get pace(): RecordingPace {
    return this.#pace;
  }

  begin(recorder: VenueRecorder): void {
    const { clock, feeds } = this.ports;
    this.#recorder = recorder;
    this.#beginBatches(recorder);
    this.#others = [
      every(clock, this.config.lateFlushMs, () => {
        recorder.tick(feeds(), true);
        void recorder.maintain();
      }),
      every(clock, CHECKPOINT_EVERY_MS, () => recorder.checkpoint(false)),
    ];
  }

  pressure(level: PressureLevel): void {
    const { batchAgeMs } = this.#pace;
    this.#pace = paceAt(level, this.config);
    if (this.#recorder !== null && this.#pace.batchAgeMs !== batchAgeMs) this.#beginBatches(this.#recorder);
  }

  end(): void {
    this.#recorder = null;
    this.#batches?.();
    for (const end of this.#others) end();
    this.#others = [];
  }

  #beginBatches(recorder: VenueRecorder): void {
    const { clock, feeds, onBatch } = this.ports;
    this.#batches?.();
    this.#batches = every(clock, this.#pace.batchAgeMs, () => {
      recorder.tick(feeds(), false);
      recorder.flush();
      onBatch();
    });
  }
}
