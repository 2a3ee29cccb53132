import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import type { PressureLevel } from '../../../src/machines/feed/degradation.js';
import { paceAt } from '../../../src/recording/recorder-schedule.js';

const { recording } = loadConfig(undefined, {}, {});
const LEVELS: readonly PressureLevel[] = [0, 1, 2, 3, 4];

describe('the pace of recording', () => {
  it('is the configured one without pressure', () => {
    expect(paceAt(0, recording)).toMatchObject({ batchRowsMax: 262_144, batchAgeMs: 250, formingEveryMs: 250, rawFrames: true });
  });

  it('has larger batches and one forming candle a second from the first level on', () => {
    for (const level of LEVELS.slice(1))
      expect(paceAt(level, recording)).toMatchObject({ batchRowsMax: 524_288, batchAgeMs: 1_000, formingEveryMs: 1_000 });
  });

  it('gives up raw frames, and forming candles of all but the dearest tier, from the second', () => {
    expect(LEVELS.map((level) => paceAt(level, recording).rawFrames)).toEqual([true, true, false, false, false]);
    for (const tier of [1, 2, 3] as const) {
      const shown = LEVELS.map((level) => paceAt(level, recording).showsForming(tier));
      expect(shown).toEqual(tier === 1 ? [true, true, true, true, true] : [true, true, false, false, false]);
    }
  });

  it('never makes batches smaller, nor forming candles more frequent, than was asked for', () => {
    const slow = { ...recording, batchRowsMax: 1_048_576, formingEveryMs: 5_000 };
    expect(paceAt(1, slow)).toMatchObject({ batchRowsMax: 1_048_576, formingEveryMs: 5_000 });
  });
});
