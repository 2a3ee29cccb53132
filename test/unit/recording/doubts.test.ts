import { expect, it } from 'vitest';
import { Doubts } from '../../../src/recording/repair/doubts.js';

it('ids in doubt are asked about market by market, however many come of those that were asked about', () => {
  const doubts = new Doubts();
  const markets = Array.from({ length: 20 }, (_, market) => `M${market}`);
  const asked = new Set<string>();
  let questions = 0;
  for (let nowMs = 0; nowMs < 300_000; nowMs += 1_000) {
    for (const market of markets) doubts.note(market, 7, 0, nowMs);
    const doubt = doubts.take(nowMs);
    if (doubt === undefined) continue;
    asked.add(doubt.symbol);
    questions += 1;
  }
  expect(asked.size).toBe(markets.length);
  expect(questions, 'one in ten seconds, of whatever market').toBeLessThanOrEqual(30);
});
