import type { BoundedGap } from './gap-tracker.js';

interface Turns {
  /** How often it was asked for: a gap without an end may not keep the others from their turn. */
  readonly taken: number;
  /** How often it was asked for in full and nothing of it came, in a row. */
  readonly fruitless: number;
  /** ms; it rests until then. */
  readonly restsUntilMs: number;
}

const NONE: Turns = { taken: 0, fruitless: 0, restsUntilMs: -Infinity };

/** Which gap is asked for next: of those that do not rest, the newest of those that had the fewest turns. */
export class GapTurns {
  readonly #turns = new Map<string, Turns>();

  /** @param restsMs how long a gap rests each time that nothing of it came; after the last of them it is given up */
  constructor(readonly restsMs: readonly number[]) {}

  /** Gaps that do not rest, in the order in which they are asked for. */
  order(gaps: readonly BoundedGap[], nowMs: number): BoundedGap[] {
    const rested = gaps.filter((gap) => this.restsUntilMs(gap) <= nowMs);
    return rested.sort((a, b) => this.#of(a).taken - this.#of(b).taken || b.openedAt - a.openedAt || b.first - a.first);
  }

  /** How often it was asked for and nothing of it came, in a row. */
  fruitless(gap: BoundedGap): number {
    return this.#of(gap).fruitless;
  }

  restsUntilMs(gap: BoundedGap): number {
    return this.#of(gap).restsUntilMs;
  }

  /** It is asked for. */
  take(gap: BoundedGap): void {
    this.#set(gap, { taken: this.#of(gap).taken + 1 });
  }

  /** Something of it came; perhaps all, and it is forgotten. */
  bore(gap: BoundedGap): void {
    if (this.#turns.has(gapKey(gap))) this.#set(gap, { fruitless: 0, restsUntilMs: -Infinity });
  }

  /** Nothing of it came. @returns false where it has rested often enough */
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

/** A gap by its market and first id, as the table tells gaps apart. */
export function gapKey({ symbol, first }: BoundedGap): string {
  return `${symbol} ${first}`;
}
