import { compareGaps, type GapQuery, type GapsView, type Gap } from '../../../../src/domain/gap.js';

/** Gaps out of an array. */
export class ArrayGaps implements GapsView {
  constructor(public listed: readonly Gap[] = []) {}

  gaps({ exchange, symbol, states, after, limit }: GapQuery): Promise<Gap[]> {
    const found = this.listed
      .filter((gap) => (exchange ?? gap.exchange) === gap.exchange && (symbol ?? gap.symbol) === gap.symbol && states.includes(gap.state))
      .filter((gap) => after === undefined || compareGaps(gap, after) > 0)
      .sort(compareGaps);
    return Promise.resolve(found.slice(0, limit));
  }
}
