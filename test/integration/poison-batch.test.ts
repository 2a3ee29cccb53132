import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeTime } from '../../src/daemon/node-time.js';
import { INTERVALS } from '../../src/domain/candle.js';
import { Stamps } from '../../src/domain/stamps.js';
import { binance } from '../../src/exchanges/binance/index.js';
import { microseconds, openRecorder } from '../../src/recording/open-recorder.js';
import type { RefusedTrades } from '../../src/recording/recorder/take-back.js';
import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import { Lane } from '../../src/sinks/lane.js';
import { openStore, type OpenedStore } from '../../src/store/open-store.js';
import { ClickHouseRecordingStore } from '../../src/store/queries/recording-store.js';
import { select } from '../../src/store/queries/select.js';
import { BASE_MS, tradeFrame } from '../support/core/binance-frames.js';
import { bytesOf, frameBlock } from '../support/core/blocks.js';
import { storeEntry, temporaryFolder } from '../support/store-process.js';

const TRADES = 100_000;
const BLOCK = 2_000;
/** A price that the store is told to refuse: the engine says of a batch with it that a value violates a constraint. */
const BAD_PRICE = '6666';
/** A price with which any batch fails, for a reason that does not name the data. */
const THROWING_PRICE = '7777';

const folder = temporaryFolder();
let store: OpenedStore;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, entry: storeEntry });
  await store.client.command({ query: `ALTER TABLE trades_data ADD CONSTRAINT taken CHECK price != ${BAD_PRICE}` });
  await store.client.command({ query: `ALTER TABLE trades_data ADD CONSTRAINT thrown CHECK throwIf(price = ${THROWING_PRICE}) = 0` });
});

afterAll(async () => {
  await store.close();
  folder.remove();
});

/** A recorder that writes to the store. */
async function openRecording() {
  const world = nodeTime();
  const fail = (error: unknown): never => {
    throw error;
  };
  const kept: string[] = [];
  const lane = new Lane(
    { sink: new ClickHouseSink(store.client) },
    { ...world, random: Math.random, onRefused: ({ batch }) => kept.push(`${batch.rows} rows for ${batch.table}`) },
  );
  const stamps = new Stamps(() => microseconds(world.clock));
  const recorder = openRecorder(world, binance, { outlet: lane, stamps, store: new ClickHouseRecordingStore(store.client), report: fail });
  const refused: RefusedTrades[] = [];
  recorder.refused$.subscribe((some) => refused.push(...some));
  await recorder.start();
  /** Takes trades of a market, one a millisecond. */
  const take = (symbol: string, first: number, count: number, priceOf: (id: number) => string): void => {
    const frames = Array.from({ length: count }, (_, at) => {
      const id = first + at;
      const time = String(BASE_MS + id);
      const frame = tradeFrame({ E: time, s: symbol, t: String(id), p: priceOf(id), q: '1', T: time, m: 'true', M: 'true' }, null);
      return { bytes: bytesOf(frame), receiveTime: BigInt(BASE_MS + id) * 1_000_000n };
    });
    recorder.frames(frameBlock(frames));
  };
  return { lane, recorder, refused, kept, take };
}

/** Records a hundred thousand trades of a market in a single batch. */
async function record(symbol: string, bad: ReadonlySet<number>) {
  const { lane, recorder, refused, kept, take } = await openRecording();
  for (let first = 1; first <= TRADES; first += BLOCK) take(symbol, first, BLOCK, (id) => (bad.has(id) ? BAD_PRICE : '10.5'));
  const began = performance.now();
  await recorder.drain();
  await lane.drain(10_000);
  return { refused, kept, ms: performance.now() - began, metrics: lane.metrics(), counters: recorder.counters };
}

async function stored(symbol: string) {
  const one = async (query: string): Promise<Record<string, string>> =>
    (await select<Record<string, string>>(store.client, query, { symbol }))[0]!;
  const trades = await one(
    'SELECT toString(count()) AS count, toString(uniqExact(trade_id)) AS ids FROM trades_data WHERE symbol = {symbol:String}',
  );
  const rejects = await select<{ reason: string; raw: string; detail: string }>(
    store.client,
    'SELECT reason, raw, detail FROM rejects WHERE symbol = {symbol:String} ORDER BY receive_time',
    { symbol },
  );
  const candles = await select<{ interval: string; completeness: string; open_ms: string; trade_count: string }>(
    store.client,
    `SELECT interval, completeness, toString(toUnixTimestamp(open_time) * 1000) AS open_ms, toString(trade_count) AS trade_count
     FROM candles WHERE symbol = {symbol:String} ORDER BY open_time`,
    { symbol },
  );
  return { trades, rejects, candles };
}

describe('a hundred thousand trades in a batch, of which the store refuses some', () => {
  it.each([
    ['one', 'BTCUSDT', 'BTC-USDT', [54_321]],
    ['five, the first and the last among them', 'ETHUSDT', 'ETH-USDT', [1, 2_048, 33_333, 77_777, TRADES]],
  ] as const)('are stored without %s, which are rejects and make their candles say `gap`', async (_, venueSymbol, symbol, ids) => {
    const { refused, kept, ms, metrics, counters } = await record(venueSymbol, new Set<number>(ids));
    const { trades, rejects, candles } = await stored(symbol);
    expect(trades).toEqual({ count: String(TRADES - ids.length), ids: String(TRADES - ids.length) });
    expect(rejects.map(({ reason, raw }) => [reason, (JSON.parse(raw) as { trade_id: string; price: string }).trade_id])).toEqual(
      ids.map((id) => ['refused_by_sink', String(id)]),
    );
    expect(rejects.every(({ detail, raw }) => detail.includes('VIOLATED_CONSTRAINT') && raw.includes(BAD_PRICE))).toBe(true);
    expect(refused.flatMap((some) => some.ids.map(([first, last]) => [some.reason, first, last]))).toEqual(
      ids.map((id) => ['rejected', id, id]),
    );
    // Of a trade nothing else is kept, no other batch is held up for good, and the store never counted as down.
    expect(kept).toEqual([]);
    expect(metrics).toMatchObject({ batchesQueued: 0, refusals: 1 });
    expect(counters).toMatchObject({ refused: ids.length, acknowledged: TRADES - ids.length });
    const open = (id: number): number => Math.floor((BASE_MS + id) / 1_000) * 1_000;
    const seconds = candles.filter(({ interval }) => interval === '1s');
    for (const { open_ms, completeness } of seconds) {
      const isHit = ids.some((id) => open(id) === Number(open_ms));
      if (isHit) expect([open_ms, completeness]).toEqual([open_ms, 'gap']);
    }
    expect(seconds.filter(({ completeness }) => completeness === 'complete').length).toBeGreaterThan(90);
    for (const interval of INTERVALS)
      expect(candles.filter((candle) => candle.interval === interval).reduce((sum, { trade_count }) => sum + Number(trade_count), 0)).toBe(
        TRADES - ids.length,
      );
    process.stdout.write(
      `poison batch: ${ids.length} of ${TRADES} rows refused, drained in ${Math.round(ms)} ms, ${metrics.retries} retries\n`,
    );
  });
});

describe('a trade with which any batch fails, for a reason that does not name the data', () => {
  it('is set aside once others of the table were stored again and again; its id is missing, and all else is stored', async () => {
    const { lane, recorder, refused, kept, take } = await openRecording();
    const bad = 1_000;
    take('SOLUSDT', 1, BLOCK, (id) => (id === bad ? THROWING_PRICE : '10.5'));
    recorder.flush();
    let newest = BLOCK;
    const began = performance.now();
    while (refused.length === 0 && performance.now() - began < 60_000) {
      take('SOLUSDT', ++newest, 1, () => '10.5');
      recorder.flush();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const ms = performance.now() - began;
    await recorder.drain();
    await lane.drain(10_000);
    expect(refused.map(({ reason, ids }) => [reason, ids])).toEqual([['set_aside', [[bad, bad]]]]);
    expect(kept).toEqual(['1 rows for trades_data']);
    const { trades, rejects, candles } = await stored('SOL-USDT');
    expect(trades).toEqual({ count: String(newest - 1), ids: String(newest - 1) });
    expect(rejects).toEqual([]);
    const open = Math.floor((BASE_MS + bad) / 1_000) * 1_000;
    expect(candles.find(({ interval, open_ms }) => interval === '1s' && Number(open_ms) === open)?.completeness).toBe('gap');
    process.stdout.write(`set aside: after ${Math.round(ms)} ms, ${lane.metrics().retries} retries\n`);
  });
});
