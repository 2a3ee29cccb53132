import type { BoundedGap } from './gap-tracker.js';

interface Turns {
  /** Number of turns: a gap without an end must not delay the others. */
  readonly taken: number;
  /** Consecutive full requests of the gap that brought nothing. */
  readonly fruitless: number;
  /** ms; the gap is not requested until then. */
  readonly restsUntilMs: number;
}

const NONE: Turns = { taken: 0, fruitless: 0, restsUntilMs: -Infinity };

/** Chooses the next gap to request: of those that are not paused, the newest of those with the fewest turns. */
export class GapTurns {
  readonly #turns = new Map<string, Turns>();

  /** @param restsMs pauses of a gap after each full request that brought nothing; after the last it is given up */
  constructor(readonly restsMs: readonly number[]) {}

  /** Gaps that are not paused, in the order of their turns. */
  order(gaps: readonly BoundedGap[], nowMs: number): BoundedGap[] {
    const rested = gaps.filter((gap) => this.restsUntilMs(gap) <= nowMs);
    return rested.sort((a, b) => this.#of(a).taken - this.#of(b).taken || b.openedAt - a.openedAt || b.first - a.first);
  }

  /** Consecutive full requests that brought nothing. */
  fruitless(gap: BoundedGap): number {
    return this.#of(gap).fruitless;
  }

  restsUntilMs(gap: BoundedGap): number {
    return this.#of(gap).restsUntilMs;
  }

  /** It is being requested. */
  take(gap: BoundedGap): void {
    this.#set(gap, { taken: this.#of(gap).taken + 1 });
  }

  /** Some of it was received; if all was, it is forgotten. */
  bore(gap: BoundedGap): void {
    if (this.#turns.has(gapKey(gap))) this.#set(gap, { fruitless: 0, restsUntilMs: -Infinity });
  }

  /** Nothing was received. @returns false after the last pause */
  rest(gap: BoundedGap, nowMs: number): boolean {
    const { fruitless } = this.#of(gap);
    const restMs = this.restsMs[fruitless];
    if (restMs === undefined) return false;
    this.#set(gap, { fruitless: fruitless + 1, restsUntilMs: nowMs + restMs });
    return true;
  }

  forget(gap: BoundedGap): void {
    this.#turns.delete(gapKey(gap));
  }

  #of(gap: BoundedGap): Turns {
    return this.#turns.get(gapKey(gap)) ?? NONE;
  }

  #set(gap: BoundedGap, changed: Partial<Turns>): void {
    this.#turns.set(gapKey(gap), { ...this.#of(gap), ...changed });
  }
}

/** Key of a gap: market and first id, as in the table. */
export function gapKey({ symbol, first }: BoundedGap): string {
  return `${symbol} ${first}`;
}
