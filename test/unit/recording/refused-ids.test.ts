import { describe, expect, it } from 'vitest';
import { RefusedIds } from '../../../src/recording/repair/refused-ids.js';
import { tradeBlock } from '../../support/core/blocks.js';

describe('ids of which the store refused the copy from REST', () => {
  it('are not requested again where each was refused by itself', () => {
    const refused = new RefusedIds();
    refused.note('A', [[5, 5]], true);
    expect(refused.without('A', [[1, 9]])).toEqual([
      [1, 4],
      [6, 9],
    ]);
    expect(refused.without('B', [[1, 9]])).toEqual([[1, 9]]);
  });

  it('are dropped from pages that have them all the same', () => {
    const refused = new RefusedIds();
    refused.note('A', [[5, 6]], true);
    const trades = tradeBlock([4, 5, 6, 7].map((id) => ({ id, time: id, price: 1n, quantity: 1n, bought: true, repaired: true })));
    refused.drop('B', { trades, empties: [], rejects: [], next: null });
    expect(trades.length).toBe(4);
    refused.drop('A', { trades, empties: [], rejects: [], next: null });
    expect([...trades.id.subarray(0, trades.length)]).toEqual([4, 7]);
  });

  it('are requested again where others were refused with them, and not for ever', () => {
    const refused = new RefusedIds();
    for (let times = 0; times < 8; times++) refused.note('A', [[1, 9]], false);
    expect(refused.without('A', [[1, 12]])).toEqual([[1, 12]]);
    refused.note('A', [[3, 12]], false);
    expect(refused.without('A', [[1, 12]])).toEqual([
      [1, 2],
      [10, 12],
    ]);
  });
});
