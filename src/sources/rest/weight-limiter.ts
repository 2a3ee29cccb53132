import type { Clock } from '../../domain/clock.js';

/** A venue's REST limit per time window, in its own unit of weight. */
export interface RestLimits {
  readonly weight: number;
  readonly windowMs: number;
}

/** Fraction of a venue's limit that is used: others may share the address. */
const USED_PART = 0.5;

interface Waiting {
  readonly weight: number;
  readonly admit: () => void;
}

/** Admits requests in order, so that no window of the venue's length holds more weight than half of its limit. */
export class WeightLimiter {
  readonly #spent: { readonly atMs: number; readonly weight: number }[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #allowed: number;
  #heldUntilMs = -Infinity;
  #timer: unknown = null;

  constructor(
    readonly limits: RestLimits,
    readonly clock: Clock,
  ) {
    this.#allowed = Math.max(1, limits.weight * USED_PART);
  }

  /** Weight spent in the window that ends now. */
  get used(): number {
    this.#forget();
    return this.#spent.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Until when (ms) the venue accepts no request, or null. */
  get heldUntilMs(): number | null {
    return this.#heldUntilMs > this.clock.now() ? this.#heldUntilMs : null;
  }

  /** Resolves when a request of this weight may be sent. */
  enter(weight: number): Promise<void> {
    return new Promise((admit) => {
      this.#waiting.push({ weight, admit });
      this.#admit();
    });
  }

  /** The venue accepts no request for this time. */
  hold(forMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.clock.now() + forMs);
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const waitMs = this.#waitMs(next.weight);
      if (waitMs > 0) {
        if (this.#timer !== null) return;
        this.#timer = this.clock.setTimeout(() => {
          this.#timer = null;
          this.#admit();
        }, waitMs);
        return;
      }
      this.#waiting.shift();
      this.#spent.push({ atMs: this.clock.now(), weight: next.weight });
      next.admit();
    }
  }

  #waitMs(weight: number): number {
    const now = this.clock.now();
    if (this.#heldUntilMs > now) return this.#heldUntilMs - now;
    let used = this.used;
    if (used === 0 || used + weight <= this.#allowed) return 0;
    for (const spent of this.#spent) {
      used -= spent.weight;
      if (used === 0 || used + weight <= this.#allowed) return Math.max(1, spent.atMs + this.limits.windowMs - now);
    }
    return this.limits.windowMs;
  }

  #forget(): void {
    const from = this.clock.now() - this.limits.windowMs;
    while (this.#spent.length > 0 && this.#spent[0]!.atMs <= from) this.#spent.shift();
  }
}
