import type { ClickHouseClient } from '@clickhouse/client';
import { COMPLETENESS } from '../../../src/domain/candle.js';
import type { StoreWorld } from '../../../src/daemon/world.js';
import { connectStore } from '../../../src/daemon/clickhouse-connection.js';
import type { Gap } from '../../../src/domain/gap.js';
import type { Batch } from '../../../src/domain/ports/sink.js';
import type { ClickHouseAddress } from '../../../src/store/connect-clickhouse.js';
import { isRepaired, ORIGIN, type Origin, SIDE, type Side } from '../../../src/domain/trade-block.js';
import { ClickHouseRecordingStore } from '../../../src/store/queries/recording-store.js';
import type { ReachableStore } from '../../support/simulation/daemon-life.js';
import type { StoredCandle } from '../../support/simulation/memory-store/candle-table.js';
import { MemoryTables } from '../../support/simulation/memory-store/memory-tables.js';
import type { ProcessLife } from '../../support/simulation/process-life.js';

/** A database of the embedded store, over HTTP, and in memory what was acknowledged of it. */
export class EmbeddedStore implements ReachableStore {
  readonly acknowledged = new MemoryTables();

  constructor(
    private readonly client: ClickHouseClient,
    private readonly address: ClickHouseAddress,
  ) {}

  world(life: ProcessLife): StoreWorld {
    return {
      launch: () => Promise.reject(new Error('The store runs already.')),
      ping: () => Promise.resolve(),
      server: () => this.address,
      connect: (address, epoch) => {
        const { sink, recording, views, ...connection } = connectStore(address, epoch, {});
        const write = async (batch: Batch): Promise<void> => {
          await sink.write(batch);
          this.acknowledged.insert(batch);
          await life.heard(Promise.resolve());
        };
        return {
          ...mortal(connection, life),
          sink: { name: sink.name, write, close: () => Promise.resolve() },
          recording: mortal(recording, life),
          views: {
            reader: mortal(views.reader, life),
            gaps: (query, signal) => life.heard(views.gaps(query, signal)),
            coverage: (signal) => mortal(views.coverage(signal), life),
            feedSteps: (feed, limit, signal) => life.heard(views.feedSteps(feed, limit, signal)),
          },
        };
      },
    };
  }

  /** Gaps of an exchange that are not closed. */
  async openGaps(exchange: string): Promise<readonly Gap[]> {
    return await new ClickHouseRecordingStore(this.client).openGaps(exchange);
  }

  /** What any program reads through the views, and how many rows it sees beyond the first of their key. */
  async read(): Promise<{ readonly tables: MemoryTables; readonly duplicates: number }> {
    const tables = new MemoryTables();
    let duplicates = 0;
    for (const row of await this.#rows(TRADES)) {
      const table = tables.tradesOf(row['exchange']!, row['symbol']!);
      const origin = ORIGIN[row['origin'] as Origin];
      const id = Number(row['id']);
      if (table.byId.has(id)) duplicates += 1;
      table.insert({
        ...{ id, origin, time: Number(row['time']), price: units(row['price']!, 12), quantity: units(row['quantity']!, 12) },
        ...{ side: SIDE[row['side'] as Side], bought: row['side'] === 'buy', repaired: isRepaired(origin) },
        ...{ receiveTime: 0n, sequence: -1, connectionId: 0 },
      });
    }
    for (const row of await this.#rows(CANDLES)) {
      const table = tables.candlesOf(row['exchange']!, row['symbol']!, row['interval']!);
      const candle = candleOf(row);
      if (table.byOpenTime.has(candle.openTime)) duplicates += 1;
      table.insert(candle);
    }
    return { tables, duplicates };
  }

  async #rows(query: string): Promise<Readonly<Record<string, string>>[]> {
    const result = await this.client.query({ query, format: 'JSONEachRow' });
    return await result.json<Record<string, string>>();
  }
}

const TRADES = `
  SELECT exchange, symbol, toString(trade_id) AS id, toString(price) AS price, toString(quantity) AS quantity, toString(side) AS side,
    toString(toUnixTimestamp64Micro(event_time)) AS time, toString(origin) AS origin
  FROM trades`;

const CANDLES = `
  SELECT exchange, symbol, interval, toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_time,
    toString(open) AS open, toString(high) AS high, toString(low) AS low, toString(close) AS close,
    toString(volume) AS volume, toString(quote_volume) AS quote_volume, toString(taker_buy_volume) AS taker_buy_volume,
    toString(taker_buy_quote_volume) AS taker_buy_quote_volume, toString(vwap) AS vwap,
    toString(trade_count) AS count, toString(first_trade_id) AS first_id, toString(last_trade_id) AS last_id,
    toString(revision) AS revision, toString(state) AS state, toString(completeness) AS completeness
  FROM candles`;

function candleOf(row: Readonly<Record<string, string>>): StoredCandle {
  const plain = (name: string): bigint => units(row[name]!, 12);
  return {
    ...{ openTime: Number(row['open_time']), open: plain('open'), high: plain('high'), low: plain('low'), close: plain('close') },
    ...{ volume: plain('volume'), quoteVolume: units(row['quote_volume']!, 24), takerBuyVolume: plain('taker_buy_volume') },
    ...{ takerBuyQuoteVolume: units(row['taker_buy_quote_volume']!, 24), vwap: plain('vwap'), count: Number(row['count']) },
    ...{ firstId: Number(row['first_id']), lastId: Number(row['last_id']), revision: Number(row['revision']), version: 0n },
    state: row['state'] === 'final' ? 'final' : 'forming',
    completeness: COMPLETENESS.find((name) => name === row['completeness'])!,
  };
}

function units(text: string, digits: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole! + fraction.padEnd(digits, '0'));
}

/** An object whose methods answer only as long as a process lives. */
function mortal<T extends object>(target: T, life: ProcessLife): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => life.heard(Reflect.apply(value, object, given) as Promise<unknown>);
    },
  });
}
