import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../support/core/blocks.js';
import { changesOf, someOf } from '../support/core/changed-bytes.js';
import { expectAgreement, scannerAgreement, type Tally, type VenueUnderTest } from '../support/core/expect-frames.js';
import { hostileFrame } from '../support/core/hostile-json.js';
import { Random } from '../support/core/random.js';
import { effort } from '../support/effort.js';

/** What a decoder is asked with: frames that the venue might send, one after another, and frames of other kinds. */
export interface VenueFrames {
  readonly usual: (random: Random, at: number) => string;
  readonly others: readonly string[];
}

const FRAMES_PER_RUN = 200;
const RUNS = effort(200, 50);
const FRAMES = RUNS * FRAMES_PER_RUN;
const SCANNED_PER_RUN = 50;
const SCANNER_RUNS = effort(300, 75);

/** What the decoder of a venue whose frames hold many trades has promised, asked of each such venue. */
export function venueDecoderContract(name: string, underTest: VenueUnderTest, { usual, others }: VenueFrames): void {
  describe(`the ${name} decoder`, () => {
    it(`reads ${FRAMES} frames, half of them hostile, as a plain reading of the JSON does`, () => {
      const sum: Tally = { trades: 0, empties: 0, rejects: 0, quiet: 0 };
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const random = new Random(seed);
          const frames = Array.from({ length: FRAMES_PER_RUN }, (_, at) => {
            const text = usual(random, at + random.below(2));
            return random.chance(0.5) ? bytesOf(text) : hostileFrame(random, text, others);
          });
          // What was left behind by an earlier use of the memory stands behind the last frame.
          const spare = random.chance(0.5) ? frames[0]! : Uint8Array.from({ length: random.below(40) }, () => random.below(256));
          const tally = expectAgreement(underTest, frames, spare);
          for (const each of Object.keys(sum) as (keyof Tally)[]) sum[each] += tally[each];
        }),
        { numRuns: RUNS },
      );
      expect(sum.trades).toBeGreaterThan(1.5 * FRAMES);
      expect(sum.rejects).toBeGreaterThan(0.2 * FRAMES);
      for (const count of [sum.empties, sum.quiet]) expect(count).toBeGreaterThan(0.0125 * FRAMES);
    });

    it('has a scanner that takes nothing the general parser reads otherwise, and takes what is usual', () => {
      let taken = 0;
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const random = new Random(seed);
          const agrees = scannerAgreement(underTest);
          for (let at = 0; at < SCANNED_PER_RUN; at++) {
            const text = usual(random, at);
            const whole = bytesOf(text);
            const frame = random.chance(0.3) ? whole : hostileFrame(random, text, others);
            // Behind it stands the rest that would complete a truncated frame, or another frame, or noise.
            const after = random.pick([
              whole.subarray(Math.min(frame.length, whole.length)),
              whole,
              Uint8Array.from({ length: 40 }, () => random.below(256)),
            ]);
            if (agrees(frame, random.below(9), after)) taken += 1;
          }
        }),
        { numRuns: SCANNER_RUNS },
      );
      expect(taken).toBeGreaterThan(0.2 * SCANNER_RUNS * SCANNED_PER_RUN);
    });

    const sample = bytesOf(usual(new Random(7), 0));
    const neighbour = bytesOf(usual(new Random(8), 1));

    it('takes no half of a frame, wherever it is cut, and reads what stands around it', () => {
      const frames: Uint8Array[] = [];
      for (let cut = 0; cut <= sample.length; cut++) frames.push(sample.subarray(0, cut), sample.subarray(cut), neighbour);
      for (let from = 0; from < frames.length; from += 600) expectAgreement(underTest, frames.slice(from, from + 600), sample);
    });

    it('reads a frame with any one byte changed, left out or put in as JSON does', () => {
      const values = [0, 10, 32, 34, 44, 45, 46, 47, 48, 57, 58, 65, 90, 92, 93, 97, 101, 123, 125, 128, 255];
      const changes = changesOf(sample, values);
      const frames = someOf(changes, effort(changes.length, 5_000));
      for (let from = 0; from < frames.length; from += 1_000) expectAgreement(underTest, frames.slice(from, from + 1_000), neighbour);
    });
  });
}
