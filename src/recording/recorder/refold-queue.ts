import type { StaleWindow } from '../../streams/candles/stale-windows.js';

/** Number of waiting windows of a symbol under repair at which they are recomputed although the repair continues. */
const HELD_WINDOWS_MAX = 50_000;
/** Longest wait for the next page of a repair: a ban must not delay candles that other trades changed. */
const HOLD_MAX_US = 30_000_000;

/** What is to be recomputed of a symbol: windows, and the stored windows of ids; all their trades are in blocks up to a number. */
export interface DirtySymbol {
  readonly windows: readonly StaleWindow[];
  readonly ids: readonly number[];
  readonly block: number;
}

/** Windows that wait to be recomputed, by symbol code: until their trades are stored, and while their symbol is under repair. */
export class RefoldQueue {
  readonly #dirty = new Map<number, { windows: StaleWindow[]; ids: number[]; block: number }>();
  /** Symbols under repair, and how long (us) their late candles wait at most. */
  readonly #held = new Map<number, number>();

  constructor(private readonly nowUs: () => number) {}

  add(code: number, { windows = [], ids = [], block = 0 }: Partial<DirtySymbol>): void {
    if (windows.length === 0 && ids.length === 0) return;
    const entry = this.#dirty.get(code);
    if (entry === undefined) this.#dirty.set(code, { windows: [...windows], ids: [...ids], block });
    else {
      // One by one: after a long outage there are more than a call accepts arguments.
      for (const window of windows) entry.windows.push(window);
      for (const id of ids) entry.ids.push(id);
      entry.block = Math.max(entry.block, block);
    }
  }

  /** Whether nothing waits: neither windows nor ids whose windows are not known yet. */
  get isEmpty(): boolean {
    return this.#dirty.size === 0;
  }

  /** Number of waiting windows. */
  get windows(): number {
    let windows = 0;
    for (const entry of this.#dirty.values()) windows += entry.windows.length;
    return windows;
  }

  /** While a symbol is under repair its windows wait, up to a bound, so that a repair makes one revision of each. */
  hold(code: number, held: boolean): void {
    if (held) this.#held.set(code, this.nowUs() + HOLD_MAX_US);
    else this.#held.delete(code);
  }

  /** Ends all holds. */
  unhold(): void {
    this.#held.clear();
  }

  /** Symbols held now. */
  held(): Set<number> {
    return new Set([...this.#held.keys()].filter((code) => this.#isHeld(code)));
  }

  #isHeld(code: number): boolean {
    return (this.#held.get(code) ?? -1) > this.nowUs();
  }

  /** Takes out the windows that can be recomputed, symbol by symbol, checking each in its turn. */
  *take(isStored: (block: number) => boolean): Generator<[code: number, dirty: DirtySymbol]> {
    for (const [code, dirty] of [...this.#dirty]) {
      if (!isStored(dirty.block)) continue;
      if (this.#isHeld(code) && dirty.windows.length < HELD_WINDOWS_MAX) continue;
      this.#dirty.delete(code);
      yield [code, dirty];
    }
  }
}
