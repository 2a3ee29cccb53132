/** How long a sample of the difference between the venue's clock and ours is kept, us. */
const MEMORY_US = 600_000_000;
const BUCKET_US = 60_000_000;
const BUCKETS = MEMORY_US / BUCKET_US;
/**
 * After this many consecutive frames over this time that agree with each other but not with the clock, the clock is reset to them. One
 * message can hold any number of false trades, but not for seconds without a true frame in between.
 */
const FRAMES_TO_RESET = 3;
const RESET_AFTER_US = 5_000_000;
/** A live frame that is older than this is absurd: no connection delays one for so long. */
const DELAY_MAX_US = 86_400_000_000;
/** 2009-01-03 and 2100-01-01: no venue existed before, and no trade can be later. */
const EARLIEST_US = 1_230_940_800_000_000;
const LATEST_US = 4_102_444_800_000_000;

/** Whether a time (us) is plausible for a trade of any market. */
export function isMarketTime(us: number): boolean {
  return us >= EARLIEST_US && us < LATEST_US;
}

/**
 * The venue's time as observed on one connection: our monotonic clock plus the differences seen in the last ten minutes. Our clock may be
 * wrong by any amount; only its steps count. Times in us.
 */
export class VenueClock {
  readonly #smallest = new Float64Array(BUCKETS).fill(Infinity);
  readonly #largest = new Float64Array(BUCKETS).fill(-Infinity);
  #bucket = -1;
  /** The bucket's index in both arrays. */
  #place = 0;
  #smallestOffset = Infinity;
  #largestOffset = -Infinity;
  #strangers = 0;
  #strangerOffset = 0;
  /** When the first of them came, by our clock. */
  #strangersSince = 0;

  constructor(readonly maxSkewUs: number) {}

  get known(): boolean {
    return this.#bucket >= 0;
  }

  /**
   * Adds the time of a frame. Returns false if it is absurd: beyond maxSkew ahead of the venue's time, more than a day behind it, or
   * implausible for any market. A frame may be delayed (a stalled socket delivers old frames), so the recent past is not absurd.
   */
  observe(venueUs: number, localUs: number): boolean {
    if (!isMarketTime(venueUs)) return false;
    const offset = venueUs - localUs;
    if (this.#isStrange(offset)) {
      if (this.#strangers > 0 && Math.abs(offset - this.#strangerOffset) <= this.maxSkewUs) this.#strangers += 1;
      else {
        this.#strangers = 1;
        this.#strangersSince = localUs;
      }
      this.#strangerOffset = offset;
      if (this.#strangers < FRAMES_TO_RESET || localUs - this.#strangersSince < RESET_AFTER_US) return false;
      this.forget();
    }
    this.#strangers = 0;
    this.#sample(offset, Math.floor(localUs / BUCKET_US));
    return true;
  }

  #isStrange(offset: number): boolean {
    return this.known && (offset > this.#largestOffset + this.maxSkewUs || offset < this.#largestOffset - this.maxSkewUs - DELAY_MAX_US);
  }

  /** Whether `observe` would reject a time; for times that do not tell when they were sent. Changes nothing. */
  isAbsurd(venueUs: number, localUs: number): boolean {
    if (!isMarketTime(venueUs)) return true;
    return this.known && venueUs - localUs > this.#largestOffset + this.maxSkewUs;
  }

  /** The same for a time of a trade that was sent just now. */
  isAbsurdNow(venueUs: number, localUs: number): boolean {
    return !isMarketTime(venueUs) || this.#isStrange(venueUs - localUs);
  }

  /** Lower bound of the venue's time at a local time, from the most delayed frame of the last ten minutes; -1 while unknown. */
  now(localUs: number): number {
    return this.known ? localUs + this.#smallestOffset : -1;
  }

  /** Least and greatest difference observed, us; null while unknown. */
  get offsets(): readonly [smallest: number, largest: number] | null {
    return this.known ? [this.#smallestOffset, this.#largestOffset] : null;
  }

  /**
   * Merges what an empty clock with the same skew observed from frames received between two local times (us).
   * @returns false, and changes nothing, if it is not certain that `observe` would have accepted each of them
   */
  absorb([smallest, largest]: readonly [smallest: number, largest: number], fromUs: number, toUs: number): boolean {
    const bucket = Math.floor(toUs / BUCKET_US);
    if (!this.known || this.#isStrange(smallest) || this.#isStrange(largest) || Math.floor(fromUs / BUCKET_US) !== bucket) return false;
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

  /** Drops the buckets older than ten minutes. */
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

  /** Our clock gained on the monotonic one by this many us: the venue's time is that much less ahead of it than was sampled. */
  slewed(byUs: number): void {
    for (const samples of [this.#smallest, this.#largest]) for (let at = 0; at < BUCKETS; at++) samples[at]! -= byUs;
    this.#smallestOffset -= byUs;
    this.#largestOffset -= byUs;
    this.#strangerOffset -= byUs;
  }

  /** Resets it to unknown. */
  forget(): void {
    this.#strangers = 0;
    this.#smallest.fill(Infinity);
    this.#largest.fill(-Infinity);
    this.#smallestOffset = Infinity;
    this.#largestOffset = -Infinity;
    this.#bucket = -1;
  }
}
