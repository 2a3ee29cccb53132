import { describe, expect, it } from 'vitest';
import type { FeedStep } from '../../../src/domain/feed-history.js';
import { SeracError } from '../../../src/errors.js';
import type { Transition } from '../../../src/machines/transition.js';
import { FeedHistoryReader } from '../../../src/reading/feed-history-reader.js';

const FEED = { exchange: 'binance', symbol: 'BTC-USDT' };

/** Two regions of one feed take a step in the same moment: only the region tells them apart. */
const transition = (at: number, region = 'connection'): Transition => ({
  ...{ at, region, event: `e${at}`, from: 'a', to: 'b', guards: [] },
  changed: { suspension: [null, { kind: 'banned', untilMs: at }] },
});
const stored = ({ at, ...rest }: Transition): FeedStep => ({ ...rest, at: at * 1_000 });

const reader = (remembered: Transition[], store: (limit: number) => Promise<FeedStep[]>) =>
  new FeedHistoryReader({ remembered: () => remembered, stored: (_feed, limit) => store(limit) });

describe('the history of a feed', () => {
  it('is what is remembered, then what is stored and not among it, newest first', async () => {
    const remembered = [transition(5), transition(5, 'continuity'), transition(7)];
    const kept = [transition(7), transition(5), transition(5, 'continuity'), transition(5, 'degradation'), transition(2)].map(stored);
    const { steps, isWhole } = await reader(remembered, () => Promise.resolve(kept)).history(FEED, 100);
    expect(steps.map(({ at, region }) => [at / 1_000, region])).toEqual([
      [7, 'connection'],
      [5, 'continuity'],
      [5, 'connection'],
      [5, 'degradation'],
      [2, 'connection'],
    ]);
    expect(steps[0]!.changed).toEqual({ suspension: [null, { kind: 'banned', untilMs: 7 }] });
    expect(isWhole).toBe(true);
  });

  it('has so many steps and no more, the store asked for no more either', async () => {
    const asked: number[] = [];
    const kept = [9, 8, 7, 6].map((at) => stored(transition(at)));
    const history = reader([transition(10)], (limit) => (asked.push(limit), Promise.resolve(kept.slice(0, limit))));
    expect((await history.history(FEED, 3)).steps.map(({ at }) => at / 1_000)).toEqual([10, 9, 8]);
    expect(asked).toEqual([3]);
  });

  it('is what is remembered while the store is away, and nothing where it fails', async () => {
    const away = new SeracError('store.unavailable', 'It restarts.', { retryable: true });
    const { steps, isWhole } = await reader([transition(1), transition(2)], () => Promise.reject(away)).history(FEED, 10);
    expect([steps.map(({ at }) => at / 1_000), isWhole]).toEqual([[2, 1], false]);
    await expect(reader([], () => Promise.reject(new TypeError('ours'))).history(FEED, 10)).rejects.toThrow('ours');
  });
});
