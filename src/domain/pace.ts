/** Number of kinds remembered; the one reported longest ago is evicted first. */
const KINDS_MAX = 100;

interface Said {
  atMs: number;
  /** Number of suppressed reports since the last one. */
  unsaid: number;
}

/** Rate limit for repeated log lines: one per kind and interval, with the number of suppressed ones. */
export class Pace {
  readonly #said = new Map<string, Said>();

  /** @param nowMs only differences count */
  constructor(
    readonly everyMs: number,
    readonly nowMs: () => number,
  ) {}

  /** The number of suppressed reports if this kind may be reported now, else null. */
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
