import { describe, expect, it } from 'vitest';
import { FeedActor } from '../../../src/actors/feed-actor.js';
import { FeedCounts, FeedTallies } from '../../../src/actors/feed-tallies.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { RowsBySymbol, TradeBlock } from '../../../src/domain/trade-block.js';
import { FEED_DEFAULTS } from '../../../src/machines/feed/feed-types.js';

const clock = systemClock();
const CONNECTION = 7;

function openCounts(names: readonly string[]) {
  const symbols = new SymbolTable('binance');
  const tallies = new FeedTallies();
  const feeds = new Map(
    names.map((symbol) => {
      const options = { exchange: 'binance', symbol, tier: 2, provable: true, feed: FEED_DEFAULTS } as const;
      return [symbol, new FeedActor(options, { clock, tallies, onRequest: () => undefined, onTransition: () => undefined })];
    }),
  );
  const heard: string[] = [];
  const open = { counts: new FeedCounts(), symbols, feeds, heard, owes: false };
  open.counts.begin({
    clock,
    tallies,
    feedOf: (code) => feeds.get(symbols.nameOf(code)),
    onTrades: (code, connectionId) => {
      heard.push(`${symbols.nameOf(code)} on ${connectionId}`);
      return open.owes;
    },
  });
  return open;
}

/** A block of trades: each a symbol and an id, its time a thousand times the id. */
function block(symbols: SymbolTable, trades: readonly (readonly [symbol: string, id: number])[]) {
  const made = new TradeBlock(symbols, CONNECTION, trades.length);
  for (const [row, [symbol, id]] of trades.entries()) {
    made.symbol[row] = symbols.codeOf(symbol);
    made.id[row] = id;
    made.eventTime[row] = id * 1_000;
  }
  made.length = trades.length;
  return { trades: made, grouped: new RowsBySymbol().group(made) };
}

describe('counts of feeds', () => {
  it('tell each feed how many trades came for it, and the last of them', () => {
    const { counts, symbols, feeds } = openCounts(['A-USDT', 'B-USDT']);
    counts.take(
      block(symbols, [
        ['A-USDT', 1],
        ['A-USDT', 2],
        ['B-USDT', 9],
        ['A-USDT', 3],
      ]),
    );
    counts.take(block(symbols, [['B-USDT', 10]]));
    expect(feeds.get('A-USDT')!.report()).toMatchObject({ trades: 3, lastTradeId: '3', lastEventTime: 3_000 });
    expect(feeds.get('B-USDT')!.report()).toMatchObject({ trades: 2, lastTradeId: '10', lastEventTime: 10_000 });
    expect(Date.now() - feeds.get('B-USDT')!.report().lastTradeAtMs!).toBeLessThan(10_000);
  });

  it('tell of the first trades of a symbol, and of all of them from when it is shed until nothing is owed', () => {
    const open = openCounts(['A-USDT', 'B-USDT']);
    const { counts, symbols, heard } = open;
    const trades = block(symbols, [
      ['A-USDT', 1],
      ['B-USDT', 1],
    ]);
    counts.take(trades);
    counts.take(trades);
    expect(heard).toEqual(['A-USDT on 7', 'B-USDT on 7']);
    open.owes = true;
    counts.changed();
    counts.take(trades);
    expect(heard).toHaveLength(4);
    open.owes = false;
    counts.take(trades);
    expect(heard).toHaveLength(6);
    counts.take(trades);
    expect(heard).toHaveLength(6);
  });

  it('have no news of a feed that was removed, and begin anew with one that comes back', () => {
    const { counts, symbols, feeds, heard } = openCounts(['A-USDT']);
    const feed = feeds.get('A-USDT')!;
    counts.take(block(symbols, [['A-USDT', 1]]));
    feeds.delete('A-USDT');
    counts.changed();
    counts.take(block(symbols, [['A-USDT', 2]]));
    expect([feed.report().trades, heard]).toEqual([1, ['A-USDT on 7']]);
    feeds.set('A-USDT', feed);
    counts.changed();
    counts.take(block(symbols, [['A-USDT', 3]]));
    expect([feed.report().trades, heard]).toEqual([2, ['A-USDT on 7', 'A-USDT on 7']]);
  });
});
