import type { Random } from '../random.js';

/**
 * How lively a market is for a while. The intensities, weighted by how long they last, average to one, so that the rate
 * asked for is the rate got over minutes. A lull has no trades at all: seconds pass without one, at any rate.
 */
const regimes = [
  { name: 'lull', intensity: 0, meanMs: 1_500 },
  { name: 'calm', intensity: 0.4, meanMs: 6_000 },
  { name: 'normal', intensity: 1, meanMs: 4_000 },
  { name: 'burst', intensity: 6.1, meanMs: 1_000 },
] as const;

/** The regime that a symbol is in, until when. Times are microseconds. */
export class Regime {
  readonly #random: Random;
  #index = 2;
  #untilUs: number;

  constructor(random: Random, startUs: number) {
    this.#random = random;
    this.#untilUs = startUs + this.#duration();
  }

  /** When an order comes after `fromUs`, if one comes each `meanGapUs` on average. */
  nextArrival(fromUs: number, meanGapUs: number): number {
    let timeUs = fromUs;
    for (;;) {
      const { intensity } = regimes[this.#index]!;
      const arrivalUs = intensity === 0 ? Infinity : timeUs + this.#random.exponential(meanGapUs / intensity);
      if (arrivalUs < this.#untilUs) return arrivalUs;
      // The wait has no memory, so it may be drawn again where the regime changes.
      timeUs = Math.max(timeUs, this.#untilUs);
      this.#index = (this.#index + 1 + this.#random.below(regimes.length - 1)) % regimes.length;
      this.#untilUs = timeUs + this.#duration();
    }
  }

  postpone(byUs: number): void {
    this.#untilUs += byUs;
  }

  #duration(): number {
    return this.#random.exponential(regimes[this.#index]!.meanMs * 1_000);
  }
}
