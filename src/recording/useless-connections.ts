import type { Decoded } from '../exchanges/venue.js';

/** Consecutive rejects after which a connection is closed: more than any venue sends by mistake. */
const REJECTS_IN_A_ROW_MAX = 10_000;
/** Connections that are counted at most. One that ended is not reported here: beyond this the oldest is forgotten. */
const CONNECTIONS_MAX = 1_024;

/** Finds connections that send only rejects. */
export class UselessConnections {
  /** Consecutive rejects, by connection. */
  readonly #inARow = new Map<number, number>();

  /** @param onUseless called once per connection */
  constructor(private readonly onUseless: (connectionId: number, rejects: number) => void) {}

  take({ trades, rejects, moreRejects, empties, controls, ignored, wasAskedFor }: Decoded): void {
    if (wasAskedFor === true || (rejects.length === 0 && moreRejects === undefined && this.#inARow.size === 0)) return;
    const { connectionId } = trades;
    if (trades.length > 0 || controls.length > 0 || ignored > 0 || empties.some(({ rejected }) => !rejected)) {
      this.#inARow.delete(connectionId);
      return;
    }
    let count = (this.#inARow.get(connectionId) ?? 0) + rejects.length;
    for (const more of moreRejects?.values() ?? []) count += more;
    if (count === 0) return;
    this.#inARow.set(connectionId, count);
    if (this.#inARow.size > CONNECTIONS_MAX) this.#inARow.delete(this.#inARow.keys().next().value!);
    if (count < REJECTS_IN_A_ROW_MAX) return;
    this.#inARow.delete(connectionId);
    this.onUseless(connectionId, count);
  }
}
