import { compareGaps, type GapQuery, type GapsView, type Gap } from '../domain/gap.js';

/**
 * Gaps from memory and store combined: an unacknowledged state in memory supersedes the stored one. Memory is read first: what leaves it
 * meanwhile is stored by then.
 */
export class GapReader implements GapsView {
  constructor(
    private readonly words: () => readonly Gap[],
    private readonly stored: (query: GapQuery, signal?: AbortSignal) => Promise<Gap[]>,
  ) {}

  async gaps(query: GapQuery, signal?: AbortSignal): Promise<Gap[]> {
    const words = this.words().filter((gap) => isAskedFor(gap, query));
    // Each of them may supersede a row of this page.
    const stored = await this.stored({ ...query, limit: query.limit + words.length }, signal);
    const gaps = stored.filter((gap) => words.every((word) => compareGaps(word, gap) !== 0));
    return [...gaps, ...words.filter(({ state }) => query.states.includes(state))].sort(compareGaps).slice(0, query.limit);
  }
}

function isAskedFor(gap: Gap, { exchange, symbol, after }: GapQuery): boolean {
  if ((exchange ?? gap.exchange) !== gap.exchange || (symbol ?? gap.symbol) !== gap.symbol) return false;
  return after === undefined || compareGaps(gap, after) > 0;
}
