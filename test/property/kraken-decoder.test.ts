import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KrakenScanner } from '../../src/exchanges/kraken/frame-scanner.js';
import { readFrame } from '../../src/exchanges/kraken/general-frame.js';
import { kraken } from '../../src/exchanges/kraken/index.js';
import { bytesOf } from '../support/core/blocks.js';
import { KRAKEN_MARKETS, KRAKEN_OTHERS, readKraken, usualKrakenFrame } from '../support/core/kraken-frames.js';
import { expectAgreement, expectScannerAgrees, type Tally, type VenueUnderTest } from '../support/core/expect-frames.js';
import { hostileFrame } from '../support/core/hostile-json.js';
import { Random } from '../support/core/random.js';

const UNDER_TEST: VenueUnderTest = {
  venue: kraken,
  format: { newestFirst: false, scanner: (lookup) => new KrakenScanner(lookup), read: readFrame },
  markets: KRAKEN_MARKETS,
  read: readKraken,
};

describe('the Kraken decoder', () => {
  it('reads 40,000 frames, half of them hostile, as a plain reading of the JSON does', () => {
    const sum: Tally = { trades: 0, empties: 0, rejects: 0, quiet: 0 };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const frames = Array.from({ length: 200 }, () => {
          const usual = usualKrakenFrame(random);
          return random.chance(0.5) ? bytesOf(usual) : hostileFrame(random, usual, KRAKEN_OTHERS);
        });
        // What was left behind by an earlier use of the memory stands behind the last frame.
        const spare = random.chance(0.5) ? frames[0]! : Uint8Array.from({ length: random.below(40) }, () => random.below(256));
        const tally = expectAgreement(UNDER_TEST, frames, spare);
        for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name];
      }),
      { numRuns: 200 },
    );
    expect(sum.trades).toBeGreaterThan(60_000);
    expect(sum.rejects).toBeGreaterThan(8_000);
    for (const count of [sum.empties, sum.quiet]) expect(count).toBeGreaterThan(500);
  });

  it('has a scanner that takes nothing the general parser reads otherwise, and takes what is usual', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        for (let at = 0; at < 50; at++) {
          const text = usualKrakenFrame(random);
          const usual = bytesOf(text);
          const frame = random.chance(0.3) ? usual : hostileFrame(random, text, KRAKEN_OTHERS);
          // Behind it stands the rest that would complete a truncated frame, or another frame, or noise.
          const after = random.pick([
            usual.subarray(Math.min(frame.length, usual.length)),
            usual,
            Uint8Array.from({ length: 40 }, () => random.below(256)),
          ]);
          if (expectScannerAgrees(UNDER_TEST, frame, random.below(9), after)) taken += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(3_000);
  });

  const sample = usualKrakenFrame(new Random(7));
  const neighbour = bytesOf(usualKrakenFrame(new Random(8)));

  it('takes no half of a frame, wherever it is cut, and reads what stands around it', () => {
    const frame = bytesOf(sample);
    const frames: Uint8Array[] = [];
    for (let cut = 0; cut <= frame.length; cut++) frames.push(frame.subarray(0, cut), frame.subarray(cut), neighbour);
    for (let from = 0; from < frames.length; from += 600) expectAgreement(UNDER_TEST, frames.slice(from, from + 600), frame);
  });

  it('reads a frame with any one byte changed, left out or put in as JSON does', () => {
    const frame = bytesOf(sample);
    const frames: Uint8Array[] = [];
    const values = [0, 10, 32, 34, 44, 45, 46, 47, 48, 57, 58, 65, 90, 92, 93, 97, 101, 123, 125, 128, 255];
    for (let at = 0; at < frame.length; at++) {
      frames.push(Uint8Array.from([...frame.subarray(0, at), ...frame.subarray(at + 1)]));
      for (const value of values) {
        frames.push(Uint8Array.from([...frame.subarray(0, at), value, ...frame.subarray(at)]));
        frames.push(Uint8Array.from(frame, (byte, place) => (place === at ? value : byte)));
      }
    }
    for (let from = 0; from < frames.length; from += 1_000) expectAgreement(UNDER_TEST, frames.slice(from, from + 1_000), neighbour);
  });
});
