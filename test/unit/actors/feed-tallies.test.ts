import { describe, expect, it } from 'vitest';
import { FeedTallies } from '../../../src/actors/feed-tallies.js';

describe('tallies of feeds', () => {
  it('count each feed by itself, however many there are', () => {
    const tallies = new FeedTallies();
    const places = Array.from({ length: 100 }, () => tallies.admit());
    for (const [index, place] of places.entries()) {
      tallies.count(place, 2, index, 5, 6);
      tallies.count(place, 3, 10 * index, 1_000 + index, 2_000 + index);
    }
    for (const [index, place] of places.entries()) {
      expect(tallies.of(place)).toEqual({
        ...{ trades: 5, lastTradeId: 10 * index },
        ...{ lastEventTime: 1_000 + index, lastTradeAtMs: 2_000 + index },
      });
    }
  });

  it('tell who counts that a feed waits for trades, as long as it does', () => {
    const tallies = new FeedTallies();
    const [quiet, waiting] = [tallies.admit(), tallies.admit()];
    tallies.await(waiting, true);
    expect([tallies.count(quiet, 1, 1, 1, 1), tallies.count(waiting, 1, 1, 1, 1), tallies.count(waiting, 1, 2, 2, 2)]).toEqual([
      false,
      true,
      true,
    ]);
    tallies.await(waiting, false);
    expect(tallies.count(waiting, 1, 3, 3, 3)).toBe(false);
  });

  it('give the place of a feed that left to another, with nothing counted', () => {
    const tallies = new FeedTallies();
    const place = tallies.admit();
    tallies.await(place, true);
    tallies.count(place, 7, 7, 7, 7);
    tallies.leave(place);
    expect(tallies.admit()).toBe(place);
    expect(tallies.of(place)).toEqual({ trades: 0, lastTradeId: 0, lastEventTime: 0, lastTradeAtMs: 0 });
    expect(tallies.count(place, 1, 1, 1, 1)).toBe(false);
  });
});
