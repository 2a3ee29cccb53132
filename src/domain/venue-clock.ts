/** How long a sample of the difference between the venue's clock and ours counts, us. */
const MEMORY_US = 600_000_000;
const BUCKET_US = 60_000_000;
const BUCKETS = MEMORY_US / BUCKET_US;
/** So many frames in a row that agree with each other, and not with the clock, set it anew. */
const FRAMES_TO_RESET = 3;
/** 2009-01-03 and 2100-01-01: no venue traded before, none of these programs runs after. */
const EARLIEST_US = 1_230_940_800_000_000;
const LATEST_US = 4_102_444_800_000_000;

/** Whether a time (us) can be that of a trade of any market. */
export function isMarketTime(us: number): boolean {
  return us >= EARLIEST_US && us < LATEST_US;
}

/**
 * The venue's time as one connection tells it: our monotonic clock plus the differences seen in the last ten minutes.
 * Our own clock may be wrong by any amount; only its steps count. Times in us.
 */
export class VenueClock {
  readonly #smallest = new Float64Array(BUCKETS).fill(Infinity);
  readonly #largest = new Float64Array(BUCKETS).fill(-Infinity);
  #bucket = -1;
  /** The bucket's place in both arrays. */
  #place = 0;
  #smallestOffset = Infinity;
  #largestOffset = -Infinity;
  #strangers = 0;
  #strangerOffset = 0;

  constructor(readonly maxSkewUs: number) {}

  get known(): boolean {
    return this.#bucket >= 0;
  }

  /**
   * Takes the time that a frame carries. False where it is absurd: beyond maxSkew ahead of the venue's time, or of no market's age.
   * A frame may be late by any amount (a stalled socket delivers old news), so the past is not absurd.
   */
  observe(venueUs: number, localUs: number): boolean {
    if (!isMarketTime(venueUs)) return false;
    const offset = venueUs - localUs;
    if (this.#bucket >= 0 && offset > this.#largestOffset + this.maxSkewUs) {
      if (this.#strangers > 0 && Math.abs(offset - this.#strangerOffset) <= this.maxSkewUs) this.#strangers += 1;
      else this.#strangers = 1;
      this.#strangerOffset = offset;
      if (this.#strangers < FRAMES_TO_RESET) return false;
      this.forget();
    }
    this.#strangers = 0;
    this.#sample(offset, Math.floor(localUs / BUCKET_US));
    return true;
  }

  /** Whether `observe` would not take a time: for times that say nothing of when they were sent. Changes nothing. */
  isAbsurd(venueUs: number, localUs: number): boolean {
    if (!isMarketTime(venueUs)) return true;
    return this.known && venueUs - localUs > this.#largestOffset + this.maxSkewUs;
  }

  /** The least that the venue's time can be at a local time, by the most delayed frame of the last ten minutes; -1 while nothing is known. */
  now(localUs: number): number {
    return this.known ? localUs + this.#smallestOffset : -1;
  }

  /** Least and greatest difference heard, us; null while nothing is known. */
  get offsets(): readonly [smallest: number, largest: number] | null {
    return this.known ? [this.#smallestOffset, this.#largestOffset] : null;
  }

  /**
   * Takes what a clock of the same skew, that knew nothing else, heard of frames received from one local time (us) to another.
   * @returns false, nothing having changed, where it is not sure that `observe` would have taken each of them
   */
  absorb([smallest, largest]: readonly [smallest: number, largest: number], fromUs: number, toUs: number): boolean {
    const bucket = Math.floor(toUs / BUCKET_US);
    if (!this.known || largest > this.#largestOffset + this.maxSkewUs || Math.floor(fromUs / BUCKET_US) !== bucket) return false;
    this.#strangers = 0;
    this.#sample(smallest, bucket);
    this.#sample(largest, bucket);
    return true;
  }

  #sample(offset: number, bucket: number): void {
    if (bucket !== this.#bucket) this.#turn(bucket);
    const at = this.#place;
    if (offset < this.#smallest[at]!) {
      this.#smallest[at] = offset;
      if (offset < this.#smallestOffset) this.#smallestOffset = offset;
    }
    if (offset > this.#largest[at]!) {
      this.#largest[at] = offset;
      if (offset > this.#largestOffset) this.#largestOffset = offset;
    }
  }

  /** Lets go of the buckets that are older than ten minutes. */
  #turn(bucket: number): void {
    const steps = this.#bucket < 0 ? BUCKETS : Math.min(Math.abs(bucket - this.#bucket), BUCKETS);
    for (let step = 0; step < steps; step++) {
      const at = (((bucket - step) % BUCKETS) + BUCKETS) % BUCKETS;
      this.#smallest[at] = Infinity;
      this.#largest[at] = -Infinity;
    }
    this.#bucket = bucket;
    this.#place = ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
    this.#smallestOffset = Math.min(...this.#smallest);
    this.#largestOffset = Math.max(...this.#largest);
  }

  /** Our own clock gained on the monotonic one, us: so much less is the venue's time ahead of it than what was sampled before. */
  slewed(byUs: number): void {
    for (const samples of [this.#smallest, this.#largest]) for (let at = 0; at < BUCKETS; at++) samples[at]! -= byUs;
    this.#smallestOffset -= byUs;
    this.#largestOffset -= byUs;
    this.#strangerOffset -= byUs;
  }

  /** Knows nothing any more. */
  forget(): void {
    this.#strangers = 0;
    this.#smallest.fill(Infinity);
    this.#largest.fill(-Infinity);
    this.#smallestOffset = Infinity;
    this.#largestOffset = -Infinity;
    this.#bucket = -1;
  }
}
