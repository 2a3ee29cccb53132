import { expect, it } from 'vitest';
import { Doubts } from '../../../src/recording/repair/doubts.js';

it('ids in doubt are asked about market by market, however many come of those that were asked about', () => {
  const doubts = new Doubts();
  const markets = Array.from({ length: 20 }, (_, market) => `M${market}`);
  const asked = new Set<string>();
  for (let nowMs = 0; nowMs < 300_000; nowMs += 1_000) {
    for (const market of markets) doubts.note(market, 7, 0, nowMs);
    const doubt = doubts.take(nowMs);
    if (doubt !== undefined) asked.add(doubt.symbol);
  }
  expect(asked.size).toBe(markets.length);
});
