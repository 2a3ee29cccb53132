import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonBatch } from '../../src/sinks/encode-batch.js';
import { formatUs } from '../../src/codec/json/time.js';
import { gapRow } from '../../src/codec/row-json.js';
import { GAP_STATES, type Gap } from '../../src/domain/gap.js';
import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import { openStore, type OpenedStore } from '../../src/store/open-store.js';
import { listedGaps } from '../../src/store/queries/listed-gaps.js';
import { storedWithin } from '../../src/store/queries/recording-store.js';
import { StoredCoverage } from '../../src/store/queries/stored-coverage.js';
import { storedFeedSteps } from '../../src/store/queries/stored-feed-steps.js';
import { storeEntry, temporaryFolder } from '../support/store-process.js';
import { checkpointBatch, SECOND, T0, trade, tradeBatch, trades } from './stored-rows/rows.js';

const folder = temporaryFolder();
let store: OpenedStore;
let sink: ClickHouseSink;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, entry: storeEntry });
  sink = new ClickHouseSink(store.client);
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const market = { exchange: 'binance', symbol: 'BTC-USDT' };

describe('the ids that are stored', () => {
  it('are told with their holes, whatever is there twice, and blocks of whole ids at once', async () => {
    const { exchange, symbol } = market;
    // More than two blocks of 65,536 ids, of which one is torn.
    const many = trades(65_000, 140_000, T0, 1_000).filter(({ id }) => id !== 66_000 && (id < 150_000 || id > 150_009));
    await sink.write(tradeBatch(exchange, symbol, many));
    await sink.write(tradeBatch(exchange, symbol, trades(70_000, 10, T0 + 5_000_000, 1_000)));
    await sink.write(tradeBatch(exchange, 'OTHER-USD', [trade(66_000, T0)]));
    const coverage = new StoredCoverage(store.client);
    expect((await coverage.ids(market, 0, Number.MAX_SAFE_INTEGER)).ranges()).toEqual([
      [65_000, 65_999],
      [66_001, 149_999],
      [150_010, 204_999],
    ]);
    expect((await coverage.ids(market, 65_990, 66_010)).ranges()).toEqual([
      [65_990, 65_999],
      [66_001, 66_010],
    ]);
    expect((await coverage.ids(market, 10, 9)).ranges()).toEqual([]);
    expect((await coverage.ids({ ...market, symbol: 'NO-USDT' }, 0, 100)).ranges()).toEqual([]);
  });

  it('have a trade on either side of a range, if there is one', async () => {
    const at = { exchange: 'binance', symbol: 'MARKS-USDT' };
    await sink.write(tradeBatch(at.exchange, at.symbol, trades(1, 10, T0, SECOND)));
    const coverage = new StoredCoverage(store.client);
    expect(await coverage.marks(at, { from: T0 + 2 * SECOND, to: T0 + 5 * SECOND })).toEqual({
      before: { id: 2, eventTime: T0 + SECOND },
      after: { id: 6, eventTime: T0 + 5 * SECOND },
    });
    expect(await coverage.marks(at, { from: T0, to: T0 + 9 * SECOND + 1 })).toEqual({ before: null, after: null });
  });

  it('are found in the holes that somebody else has filled, whatever their age', async () => {
    const [exchange, symbol] = ['holes', 'BTC-USDT'];
    await sink.write(tradeBatch(exchange, symbol, [...trades(1, 30, T0, SECOND), ...trades(41, 5, T0 + 90 * SECOND, SECOND)]));
    await sink.write(tradeBatch(exchange, 'ETH-USDT', trades(100, 3, T0, SECOND)));
    const holes = new Map([
      [
        symbol,
        [
          [5, 7],
          [29, 42],
        ] as const,
      ],
      ['ETH-USDT', [[1, 100]] as const],
      ['NO-USDT', [[1, 100]] as const],
    ]);
    const found = await storedWithin(store.client, exchange, holes);
    expect([...found]).toEqual(
      [
        [
          symbol,
          [
            { first: 5, last: 7, newestTime: T0 + 6 * SECOND },
            { first: 29, last: 30, newestTime: T0 + 29 * SECOND },
            { first: 41, last: 42, newestTime: T0 + 91 * SECOND },
          ],
        ],
        ['ETH-USDT', [{ first: 100, last: 100, newestTime: T0 }]],
      ].sort(),
    );
    expect(await storedWithin(store.client, exchange, new Map())).toEqual(new Map());
    // More ranges than one statement takes.
    const many = new Map([[symbol, Array.from({ length: 450 }, (_, at) => [at * 2 + 1, at * 2 + 1] as const)]]);
    expect(
      (await storedWithin(store.client, exchange, many))
        .get(symbol)
        ?.map(({ first }) => first)
        .sort((a, b) => a - b),
    ).toEqual([...Array.from({ length: 15 }, (_, at) => at * 2 + 1), ...[41, 43, 45]]);
  });

  it('that hold no trade are those of the newest checkpoint', async () => {
    const [exchange, symbol] = ['binance', 'HOLLOW-USDT'] as const;
    const of = { covered: [[1, 9]] as const, lastEventTime: T0 };
    await sink.write(checkpointBatch(exchange, symbol, { ...of, empty: [[4, 5]], rejected: [[5, 5]], savedAt: T0 + 2 }));
    await sink.write(checkpointBatch(exchange, symbol, { ...of, empty: [], rejected: [], savedAt: T0 + 1 }));
    const coverage = new StoredCoverage(store.client);
    expect(await coverage.noted({ exchange, symbol })).toMatchObject({ empty: [[4, 5]], rejected: [[5, 5]] });
    expect(await coverage.noted({ exchange, symbol: 'NO-USDT' })).toEqual({ covered: [], empty: [], rejected: [] });
  });
});

describe('the gaps that are stored', () => {
  const gap = (first: number, rest: Partial<Gap> = {}): Gap => ({
    ...{ ...market, first, last: first + 4, reason: 'missed', state: 'open' as const, openedAt: T0 + 7, closedAt: null },
    ...rest,
  });

  it('are the newest word on each, by place, page by page', async () => {
    const words: [Gap, number][] = [
      [gap(9), 1],
      [gap(100), 1],
      [gap(100, { state: 'closed', closedAt: T0 + 9 }), 3],
      [gap(100, { last: null }), 2],
      [gap(20, { last: null, reason: 'shed' }), 1],
      [gap(5, { symbol: 'A-B', state: 'unrepairable' }), 1],
      [gap(5, { exchange: 'kraken', symbol: 'A-B' }), 1],
    ];
    for (const [word, version] of words) await sink.write(jsonBatch('gaps', [gapRow(word, version)]));
    const { client } = store;
    const all = await listedGaps(client, { states: GAP_STATES, limit: 100 });
    expect(all).toEqual([words[5]![0], words[0]![0], words[4]![0], words[2]![0], words[6]![0]]);
    expect(await listedGaps(client, { states: ['open'], limit: 100 })).toEqual([all[1], all[2], all[4]]);
    expect(await listedGaps(client, { states: ['open'], exchange: 'kraken', limit: 100 })).toEqual([all[4]]);
    expect(await listedGaps(client, { states: GAP_STATES, symbol: 'A-B', limit: 100 })).toEqual([all[0], all[4]]);
    expect(await listedGaps(client, { states: GAP_STATES, limit: 2, after: all[0]! })).toEqual([all[1], all[2]]);
    expect(await listedGaps(client, { states: GAP_STATES, limit: 2, after: all[4]! })).toEqual([]);
    expect(await listedGaps(client, { states: [], limit: 2 })).toEqual([]);
  });
});

describe('the steps of a feed that are stored', () => {
  it('are its own, newest first, with what changed', async () => {
    const row = (feed: string, machine: string, at: number) => ({
      ...{ at: formatUs(at, 6, 'rfc3339'), feed, machine, region: 'connection', event: `e${at - T0}` },
      ...{ from_state: 'a', to_state: 'b', context: '{"connectionId":[null,7]}', guards: ['isBan'] },
    });
    // Rows older than 30 days are dropped at once.
    const now = Math.floor(Date.now() / 1_000) * 1_000_000;
    const rows = [
      row('binance:BTC-USDT', 'feed', now),
      row('binance:BTC-USDT', 'feed', now + 2),
      row('binance:BTC-USDT', 'socket', now + 3),
    ];
    await sink.write(jsonBatch('feed_events', [...rows, row('binance:ETH-USDT', 'feed', now + 1)]));
    const steps = await storedFeedSteps(store.client, market, 10);
    expect(steps.map(({ at }) => at - now)).toEqual([2, 0]);
    expect(steps[0]).toMatchObject({ from: 'a', to: 'b', changed: { connectionId: [null, 7] }, guards: ['isBan'] });
    expect(await storedFeedSteps(store.client, market, 1)).toHaveLength(1);
  });
});
