import { compareGaps, type GapQuery, type GapsView, type Gap } from '../domain/gap.js';

/**
 * Gaps from memory and from the store, as one: what the daemon said last and the store has not acknowledged stands before what is
 * stored. Memory is read first: what leaves it in between is stored by then.
 */
export class GapReader implements GapsView {
  constructor(
    private readonly words: () => readonly Gap[],
    private readonly stored: (query: GapQuery, signal?: AbortSignal) => Promise<Gap[]>,
  ) {}

  async gaps(query: GapQuery, signal?: AbortSignal): Promise<Gap[]> {
    const words = this.words().filter((gap) => isAskedFor(gap, query));
    // Each of them may stand before a row of this page.
    const stored = await this.stored({ ...query, limit: query.limit + words.length }, signal);
    const gaps = stored.filter((gap) => words.every((word) => compareGaps(word, gap) !== 0));
    return [...gaps, ...words.filter(({ state }) => query.states.includes(state))].sort(compareGaps).slice(0, query.limit);
  }
}

function isAskedFor(gap: Gap, { exchange, symbol, after }: GapQuery): boolean {
  if ((exchange ?? gap.exchange) !== gap.exchange || (symbol ?? gap.symbol) !== gap.symbol) return false;
  return after === undefined || compareGaps(gap, after) > 0;
}
