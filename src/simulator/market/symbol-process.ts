import { Random } from '../random.js';
import type { MarketTrade } from './market.js';
import type { ModelledSymbol } from './modelled-symbols.js';

/** A taker's order meets several makers: each fill is a trade, and all share a time. The chance that another follows. */
const NEXT_FILL = 0.45;
const FILLS_MAX = 40;
const MEAN_FILLS = 1 / (1 - NEXT_FILL);

/** How long the venue takes to publish, as captured: 0 to 2 ms. */
const LATENCY_MAX_US = 2_500;

/** Sizes have this many times the usual one as their limit, so that units stay far below 2^53. */
const SIZE_MAX_FACTOR = 2_000;
const SIZE_SHAPE = 1.3;
const SAME_SIDE_AGAIN = 0.62;

export interface SymbolProcessOptions {
  readonly seed: number;
  readonly startUs: number;
  readonly tradesPerSecond: number;
  /** Without regimes: orders come at one rate, as a benchmark wants it. */
  readonly steady: boolean;
}

/** The life of one symbol: orders come in bursts and lulls, the price walks in whole ticks, ids rise by one. */
export class SymbolProcess {
  /** When the next order is published. */
  nextUs: number;
  readonly #instrument: number;
  readonly #spec: ModelledSymbol;
  readonly #random: Random;
  readonly #regime: Regime | null;
  readonly #meanGapUs: number;
  #price: number;
  #takerBuys = true;
  #nextId: number;
  #lastTradeUs: number;
  #lastEventUs: number;

  constructor(instrument: number, spec: ModelledSymbol, options: SymbolProcessOptions) {
    this.#instrument = instrument;
    this.#spec = spec;
    this.#random = new Random(options.seed, spec.symbol);
    this.#meanGapUs = (1_000_000 * MEAN_FILLS) / options.tradesPerSecond;
    this.#price = spec.startPrice;
    this.#nextId = 1_000_000_000 + this.#random.below(4_000_000_000);
    this.#regime = options.steady ? null : new Regime(this.#random, options.startUs);
    this.#lastEventUs = options.startUs;
    this.#lastTradeUs = options.startUs - 1;
    this.nextUs = this.#arrivalAfter(options.startUs);
  }

  /** Publishes the next order's trades and draws when the one after it comes. Returns how many trades it made. */
  fire(visit: (trade: MarketTrade) => void): number {
    const random = this.#random;
    if (!random.chance(SAME_SIDE_AGAIN)) this.#takerBuys = !this.#takerBuys;
    const direction = this.#takerBuys ? 1 : -1;
    // Crossing the spread, or not, is what moves the price between orders.
    this.#step(direction * random.below(2));
    // Each order has a time of its own: it never goes back, and two orders never look like one.
    const eventTimeUs = Math.max(Math.floor(this.nextUs), this.#lastEventUs, this.#lastTradeUs + 1);
    const timeUs = Math.max(eventTimeUs - random.below(LATENCY_MAX_US), this.#lastTradeUs + 1);
    this.#lastTradeUs = timeUs;
    this.#lastEventUs = eventTimeUs;

    let fills = 0;
    do {
      visit({
        instrument: this.#instrument,
        id: this.#nextId++,
        price: this.#price,
        quantity: this.#size(),
        takerBuys: this.#takerBuys,
        timeUs,
        eventTimeUs,
        verbatim: null,
      });
      fills++;
      // A large order eats through the levels of the book.
      if (random.chance(0.3)) this.#step(direction * (1 + random.below(2)));
    } while (fills < FILLS_MAX && random.chance(NEXT_FILL));
    this.nextUs = this.#arrivalAfter(this.nextUs);
    return fills;
  }

  postpone(byUs: number): void {
    this.nextUs += byUs;
    this.#regime?.postpone(byUs);
  }

  #arrivalAfter(timeUs: number): number {
    if (this.#meanGapUs === Infinity) return Infinity;
    return this.#regime?.nextArrival(timeUs, this.#meanGapUs) ?? timeUs + this.#random.exponential(this.#meanGapUs);
  }

  #size(): number {
    const factor = Math.min(this.#random.pareto(SIZE_SHAPE), SIZE_MAX_FACTOR);
    return Math.max(1, Math.floor(this.#spec.typicalQuantity * factor));
  }

  /** The walk turns back at a tenth and at ten times the start: a long run neither reaches zero nor overflows. */
  #step(ticks: number): void {
    const { startPrice } = this.#spec;
    const price = this.#price + ticks;
    const inside = price >= Math.max(1, startPrice / 10) && price <= startPrice * 10;
    this.#price = inside ? price : this.#price - ticks;
  }
}

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
