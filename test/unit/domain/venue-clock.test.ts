import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VenueClock } from '../../../src/domain/venue-clock.js';
import { Random } from '../../support/core/random.js';
import { effort } from '../../support/effort.js';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const LOCAL = 1_723_161_600 * SECOND;
const SKEW = 10 * SECOND;

describe("a venue's clock", () => {
  it('is what a plain list of the samples of the last ten minutes says', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const clock = new VenueClock(SKEW);
        let samples: { bucket: number; offset: number }[] = [];
        let strangers: number[] = [];
        let since = 0;
        let local = LOCAL + random.below(MINUTE);
        let known = false;
        let drift = random.between(-5, 5) * SECOND;
        for (let frame = 0; frame < 120; frame++) {
          local += random.pick([0, 1, 50_000, SECOND, 20 * SECOND, MINUTE, 3 * MINUTE, random.chance(0.1) ? 30 * MINUTE : 0]);
          if (random.chance(0.02)) drift += random.pick([-1, 1]) * 3_600 * SECOND;
          const far = random.chance(0.1) ? random.between(-40, 40) * SECOND : 0;
          const offset = drift + far + random.between(-2_000, 2_000) * 1_000;
          const bucket = Math.floor(local / MINUTE);
          // Samples leave when a newer one comes: silence makes no clock unknown.
          const largest = Math.max(...samples.map((sample) => sample.offset));
          let accepted = true;
          if (known && offset > largest + SKEW) {
            const agrees = strangers.length > 0 && Math.abs(offset - strangers.at(-1)!) <= SKEW;
            strangers = agrees ? [...strangers, offset] : [offset];
            if (!agrees) since = local;
            accepted = strangers.length >= 3 && local - since >= 5 * SECOND;
            if (accepted) samples = [];
          }
          expect(clock.observe(local + offset, local)).toBe(accepted);
          if (!accepted) continue;
          strangers = [];
          known = true;
          samples = [...samples.filter((sample) => sample.bucket > bucket - 10), { bucket, offset }];
          expect(clock.now(local)).toBe(local + Math.min(...samples.map((sample) => sample.offset)));
          expect(clock.known).toBe(true);
        }
      }),
      { numRuns: effort(300) },
    );
  });

  it('says the same of the venue, however our own clock is slewed: only the monotonic one counts', () => {
    const clock = new VenueClock(SKEW);
    const ahead = 300_000;
    for (let at = 0, slewed = 0; at < 20 * MINUTE; at += SECOND) {
      expect(clock.observe(LOCAL + at + ahead - (at % (7 * SECOND)) / 100, LOCAL + at + slewed)).toBe(true);
      // Faster for a while, then slower than it should be.
      const step = at < 10 * MINUTE ? 50_000 : -50_000;
      slewed += step;
      clock.slewed(step);
      expect(clock.now(LOCAL + at + slewed)).toBeCloseTo(LOCAL + at + ahead - Math.min(at, 6 * SECOND) / 100, 0);
    }
  });

  it.each([
    ['the future', 3_600],
    ['another year', -400 * 86_400],
  ])('does not believe frames from %s, however many come at once, and believes those that go on for five seconds', (_what, ahead) => {
    const clock = new VenueClock(SKEW);
    expect(clock.observe(LOCAL, LOCAL)).toBe(true);
    for (let frame = 0; frame < 100; frame++) expect(clock.observe(LOCAL + ahead * SECOND, LOCAL)).toBe(false);
    expect(clock.now(LOCAL)).toBe(LOCAL);
    expect(clock.observe(LOCAL + (ahead + 5) * SECOND, LOCAL + 5 * SECOND)).toBe(true);
    expect(clock.now(LOCAL)).toBe(LOCAL + ahead * SECOND);
  });

  it('does not believe them where a true frame comes in between', () => {
    const clock = new VenueClock(SKEW);
    for (let at = 0; at < 60; at++) {
      expect(clock.observe(LOCAL + at * SECOND, LOCAL + at * SECOND)).toBe(true);
      for (let frame = 0; frame < 6; frame++) expect(clock.observe(LOCAL + (at + 7_200) * SECOND, LOCAL + at * SECOND)).toBe(false);
    }
  });

  it('starts to count again after a frame that it believes, and where strangers disagree', () => {
    const clock = new VenueClock(SKEW);
    clock.observe(LOCAL, LOCAL);
    for (const ahead of [100, 100, 0, 100, 100, 200, 100, 0]) {
      expect(clock.observe(LOCAL + ahead * SECOND, LOCAL)).toBe(ahead === 0);
    }
  });

  it('takes old news as it takes new, and is then as late as the oldest', () => {
    const clock = new VenueClock(SKEW);
    clock.observe(LOCAL, LOCAL);
    expect(clock.observe(LOCAL - 3_600 * SECOND, LOCAL)).toBe(true);
    expect(clock.now(LOCAL)).toBe(LOCAL - 3_600 * SECOND);
    // Eleven minutes later that is forgotten.
    clock.observe(LOCAL + 11 * MINUTE, LOCAL + 11 * MINUTE);
    expect(clock.now(LOCAL + 11 * MINUTE)).toBe(LOCAL + 11 * MINUTE);
  });

  it('does not care by how much our clock is wrong', () => {
    for (const wrong of [-1.27, 1.27, -86_400 * 365, 86_400 * 365]) {
      const clock = new VenueClock(SKEW);
      for (let at = 0; at < 100; at++) expect(clock.observe(LOCAL + at * SECOND, LOCAL + (at + wrong) * SECOND)).toBe(true);
      expect(clock.now(LOCAL + (200 + wrong) * SECOND)).toBeCloseTo(LOCAL + 200 * SECOND, -1);
    }
  });

  it.each([NaN, Infinity, -Infinity, 0, -1, Date.UTC(2009, 0, 3) * 1_000 - 1, Date.UTC(2100, 0, 1) * 1_000])(
    'never believes the time %d',
    (time) => {
      const clock = new VenueClock(Infinity);
      for (let frame = 0; frame < 5; frame++) expect(clock.observe(time, LOCAL)).toBe(false);
      expect(clock.known).toBe(false);
    },
  );
});
