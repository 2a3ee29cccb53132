import type { Config, DeepReadonly } from '../config/load-config.js';
import { degradationOf, type PressureLevel, type Tier } from '../machines/feed/degradation.js';

/** How a venue is recorded at a level of pressure. */
export interface RecordingPace {
  readonly batchRowsMax: number;
  readonly batchAgeMs: number;
  readonly formingEveryMs: number;
  /** Whether raw frames are kept, where the configuration asks for them. */
  readonly rawFrames: boolean;
  /** Whether forming candles of a tier are shown. */
  readonly showsForming: (tier: Tier) => boolean;
}

/** Fewer, larger inserts cost the store less for each row. */
const BATCH_FACTOR = 4;
/** Memory for one batch stays bounded: 43 MiB of bytes, unless more is configured. */
const BATCH_ROWS_MAX = 524_288;
const FORMING_UNDER_PRESSURE_MS = 1_000;

/** What of recording is given up at a level: convenience first. Which feeds go is decided by the feeds themselves. */
export function paceAt(level: PressureLevel, recording: DeepReadonly<Config>['recording']): RecordingPace {
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
