import type { StaleWindow } from '../../streams/candles/symbol-candles.js';

/** Windows of a symbol under repair at which they are folded again though the repair goes on. */
const HELD_WINDOWS_MAX = 50_000;
/** Longest wait for the next page of a repair: a ban must not keep candles that other trades changed. */
const HOLD_MAX_US = 30_000_000;

/** What is to be folded again of a symbol: windows, and the stored windows of ids; all their trades are in blocks up to a number. */
export interface DirtySymbol {
  readonly windows: readonly StaleWindow[];
  readonly ids: readonly number[];
  readonly block: number;
}

/** Windows that wait to be folded again, by symbol code: until their trades are stored, and while their symbol is under repair. */
export class RefoldQueue {
  readonly #dirty = new Map<number, { windows: StaleWindow[]; ids: number[]; block: number }>();
  /** Symbols under repair, and until when (us) their late candles wait at most. */
  readonly #held = new Map<number, number>();

  constructor(private readonly nowUs: () => number) {}

  add(code: number, { windows = [], ids = [], block = 0 }: Partial<DirtySymbol>): void {
    if (windows.length === 0 && ids.length === 0) return;
    const entry = this.#dirty.get(code);
    if (entry === undefined) this.#dirty.set(code, { windows: [...windows], ids: [...ids], block });
    else {
      // One by one: what a long outage left behind is more than a call takes arguments.
      for (const window of windows) entry.windows.push(window);
      for (const id of ids) entry.ids.push(id);
      entry.block = Math.max(entry.block, block);
    }
  }

  /** Whether nothing waits: neither windows nor ids whose windows are not known yet. */
  get isEmpty(): boolean {
    return this.#dirty.size === 0;
  }

  /** How many windows wait. */
  get windows(): number {
    let windows = 0;
    for (const entry of this.#dirty.values()) windows += entry.windows.length;
    return windows;
  }

  /** While a symbol is being repaired its windows wait, up to a bound, so that a repair makes one revision of each. */
  hold(code: number, held: boolean): void {
    if (held) this.#held.set(code, this.nowUs() + HOLD_MAX_US);
    else this.#held.delete(code);
  }

  /** Ends all holds. */
  unhold(): void {
    this.#held.clear();
  }

  /** Symbols that are held now. */
  held(): Set<number> {
    return new Set([...this.#held.keys()].filter((code) => this.#isHeld(code)));
  }

  #isHeld(code: number): boolean {
    return (this.#held.get(code) ?? -1) > this.nowUs();
  }

  /** Takes out what can be folded, one symbol after the other: whether it can be is asked at its turn. */
  *take(isStored: (block: number) => boolean): Generator<[code: number, dirty: DirtySymbol]> {
    for (const [code, dirty] of [...this.#dirty]) {
      if (!isStored(dirty.block)) continue;
      if (this.#isHeld(code) && dirty.windows.length < HELD_WINDOWS_MAX) continue;
      this.#dirty.delete(code);
      yield [code, dirty];
    }
  }
}
