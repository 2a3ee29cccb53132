/** Kinds remembered at a time; the one that was said longest ago is forgotten first. */
const KINDS_MAX = 100;

interface Said {
  atMs: number;
  /** How often it would have been said since. */
  unsaid: number;
}

/** Has what comes again and again said once in a time and kind, with how often it came in between. */
export class Pace {
  readonly #said = new Map<string, Said>();

  /** @param nowMs only differences count */
  constructor(
    readonly everyMs: number,
    readonly nowMs: () => number,
  ) {}

  /** Whether a kind is to be said now: then how often it was not, else null. */
  due(kind: string): number | null {
    const nowMs = this.nowMs();
    const said = this.#said.get(kind);
    if (said !== undefined && nowMs < said.atMs + this.everyMs) {
      said.unsaid += 1;
      return null;
    }
    this.#said.delete(kind);
    const [oldest] = this.#said.keys();
    if (oldest !== undefined && this.#said.size === KINDS_MAX) this.#said.delete(oldest);
    this.#said.set(kind, { atMs: nowMs, unsaid: 0 });
    return said?.unsaid ?? 0;
  }
}
