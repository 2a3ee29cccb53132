import type { LiveFeed } from '../actors/venue-actor-types.js';
import { type Clock, every } from '../domain/clock.js';
import { degradationOf, type PressureLevel, type Tier } from '../machines/feed/degradation.js';
import type { VenueRecorder } from './recorder/venue-recorder.js';
import type { RecordingConfig } from './venue-ports.js';

export interface RecorderSchedulePorts {
  readonly clock: Clock;
  /** Each symbol, with the connection that delivers its trades. */
  readonly feeds: () => Iterable<LiveFeed>;
  /** Called with each batch. */
  readonly onBatch: () => void;
}

const CHECKPOINT_EVERY_MS = 10_000;

/** The periodic calls of a venue's recorder; the pressure level sets their intervals. */
export class RecorderSchedule {
  #pace: RecordingPace;
  #recorder: VenueRecorder | null = null;
  #batches: (() => void) | null = null;
  #others: (() => void)[] = [];

  constructor(
    readonly config: RecordingConfig,
    readonly ports: RecorderSchedulePorts,
  ) {
    this.#pace = paceAt(0, config);
  }

  /** The current recording settings of the venue. */
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

/** Recording settings at a pressure level. */
export interface RecordingPace {
  readonly batchRowsMax: number;
  readonly batchAgeMs: number;
  readonly formingEveryMs: number;
  /** Whether raw frames are kept, if configured. */
  readonly rawFrames: boolean;
  /** Whether forming candles of a tier are emitted. */
  readonly showsForming: (tier: Tier) => boolean;
}

/** Fewer, larger inserts cost the store less per row. */
const BATCH_FACTOR = 4;

/** Memory of one batch stays bounded: 43 MiB of bytes, unless more is configured. */
const BATCH_ROWS_MAX = 524_288;
const FORMING_UNDER_PRESSURE_MS = 1_000;

/** The recording settings at a level: optional work is dropped first. Each feed decides by itself whether it is shed. */
export function paceAt(level: PressureLevel, recording: RecordingConfig): RecordingPace {
  const { batchRowsMax, batchAgeMs, formingEveryMs } = recording;
  const isPressed = level >= 1;
  return {
    batchRowsMax: isPressed ? Math.min(batchRowsMax * BATCH_FACTOR, Math.max(batchRowsMax, BATCH_ROWS_MAX)) : batchRowsMax,
    batchAgeMs: isPressed ? batchAgeMs * BATCH_FACTOR : batchAgeMs,
    formingEveryMs: isPressed ? Math.max(formingEveryMs, FORMING_UNDER_PRESSURE_MS) : formingEveryMs,
    rawFrames: level < 2,
    showsForming: (tier) => ['normal', 'soft'].includes(degradationOf(level, tier, false)),
  };
}
