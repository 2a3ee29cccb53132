import type { Clock } from '../domain/clock.js';

/** Gives turns in order, so that no window of time holds more weight than is allowed; one that is heavier than that goes alone. */
export class WindowLimiter {
  readonly #spent: { readonly atMs: number; readonly weight: number }[] = [];
  readonly #waiting = new Set<{ readonly weight: number; readonly run: () => void }>();
  #heldUntilMs = -Infinity;
  #timer: unknown = null;

  constructor(
    readonly allowed: number,
    readonly windowMs: number,
    readonly clock: Clock,
  ) {}

  /** Weight spent in the window that ends now. */
  get used(): number {
    const from = this.clock.now() - this.windowMs;
    while (this.#spent.length > 0 && this.#spent[0]!.atMs <= from) this.#spent.shift();
    return this.#spent.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Until when (ms) no turn is given, or null. */
  get heldUntilMs(): number | null {
    return this.#heldUntilMs > this.clock.now() ? this.#heldUntilMs : null;
  }

  /** Runs it in its turn, perhaps at once. The returned function cancels it. */
  enter(run: () => void, weight = 1): () => void {
    const turn = { weight, run };
    this.#waiting.add(turn);
    this.#admit();
    return () => this.#waiting.delete(turn);
  }

  /** No turn is given for this time: the venue says so. */
  hold(forMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.clock.now() + forMs);
  }

  /** Ends a hold: by request, the venue may be asked again. */
  release(): void {
    this.#heldUntilMs = -Infinity;
    if (this.#timer !== null) this.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#admit();
  }

  #admit(): void {
    for (const turn of this.#waiting) {
      const waitMs = this.#waitMs(turn.weight);
      if (waitMs > 0) {
        this.#timer ??= this.clock.setTimeout(() => {
          this.#timer = null;
          this.#admit();
        }, waitMs);
        return;
      }
      this.#waiting.delete(turn);
      this.#spent.push({ atMs: this.clock.now(), weight: turn.weight });
      turn.run();
    }
  }

  #waitMs(weight: number): number {
    const now = this.clock.now();
    if (this.#heldUntilMs > now) return this.#heldUntilMs - now;
    let used = this.used;
    if (used === 0 || used + weight <= this.allowed) return 0;
    for (const spent of this.#spent) {
      used -= spent.weight;
      if (used === 0 || used + weight <= this.allowed) return Math.max(1, spent.atMs + this.windowMs - now);
    }
    return this.windowMs;
  }
}
