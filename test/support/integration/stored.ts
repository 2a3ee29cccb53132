import { readFileSync } from 'node:fs';
import { type Interval, INTERVALS } from '../../../src/domain/candle.js';
import { openStore, type OpenedStore } from '../../../src/store/open-store.js';
import { SERAC } from './serac.js';

export interface StoredCandle {
  readonly open_ms: number;
  /** The columns of CANDLE_NUMBERS, joined by commas: decimals as plain text without trailing zeros. */
  readonly numbers: string;
  readonly first_id: number;
  readonly last_id: number;
  readonly state: string;
  readonly completeness: string;
  readonly revision: number;
}

export interface Everything {
  readonly trades: readonly string[];
  readonly candles: readonly string[];
}

const plain = (column: string): string =>
  `replaceRegexpOne(replaceRegexpOne(toString(${column}), '(\\\\.\\\\d*?)0+$', '\\\\1'), '\\\\.$', '')`;

export const CANDLE_NUMBERS = [
  ...(['open', 'high', 'low', 'close', 'volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume', 'vwap'] as const),
  ...(['trade_count', 'first_trade_id', 'last_trade_id'] as const),
] as const;

/** What is stored in a folder, read by SQL of the test's own: through the views, as any other program would. */
export class Stored {
  private constructor(private readonly store: OpenedStore) {}

  static async open(dataDir: string): Promise<Stored> {
    return new Stored(await openStore({ dataDir, entry: [SERAC] }));
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const result = await this.store.client.query({ query, format: 'JSONEachRow', query_params: parameters });
    return await result.json<Row>();
  }

  async run(statement: string, parameters: Record<string, unknown> = {}): Promise<void> {
    await this.store.client.command({ query: statement, query_params: parameters });
  }

  /** Runs a statement that answers nothing. */
  async command(query: string): Promise<void> {
    await this.store.client.command({ query });
  }

  /** `price,quantity,side,time_ms` by id. */
  async trades(symbol: string): Promise<Map<number, string>> {
    const rows = await this.rows<{ id: string; text: string }>(
      `SELECT toString(trade_id) AS id,
         concat(${plain('price')}, ',', ${plain('quantity')}, ',', toString(side), ',', toString(toUnixTimestamp64Milli(event_time))) AS text
       FROM trades WHERE symbol = {symbol:String} ORDER BY trade_id`,
      { symbol },
    );
    const trades = new Map(rows.map(({ id, text }) => [Number(id), text]));
    if (trades.size !== rows.length) throw new Error(`${rows.length - trades.size} trades of ${symbol} are there twice`);
    return trades;
  }

  /** Ids of trades that came by a repair. */
  async repairedIds(symbol: string): Promise<number[]> {
    const rows = await this.rows<{ id: string }>(
      `SELECT toString(trade_id) AS id FROM trades WHERE symbol = {symbol:String} AND origin IN ('backfill', 'import') ORDER BY trade_id`,
      { symbol },
    );
    return rows.map(({ id }) => Number(id));
  }

  async candles(symbol: string, interval: Interval): Promise<StoredCandle[]> {
    const columns = CANDLE_NUMBERS.map((name) => (/count|_id$/.test(name) ? `toString(${name})` : plain(name)));
    const rows = await this.rows<Record<keyof StoredCandle, string>>(
      `SELECT toString(toInt64(toUnixTimestamp(open_time)) * 1000) AS open_ms, arrayStringConcat([${columns.join(', ')}], ',') AS numbers,
         toString(first_trade_id) AS first_id, toString(last_trade_id) AS last_id,
         toString(state) AS state, toString(completeness) AS completeness, toString(revision) AS revision
       FROM candles WHERE symbol = {symbol:String} AND interval = {interval:String} ORDER BY open_time`,
      { symbol, interval },
    );
    return rows.map((row) => ({
      ...{ numbers: row.numbers, state: row.state, completeness: row.completeness },
      ...{ open_ms: Number(row.open_ms), first_id: Number(row.first_id), last_id: Number(row.last_id), revision: Number(row.revision) },
    }));
  }

  /** Everything that people rely on, as text: two folders, or two moments, are the same where it is. */
  async everything(withRevisions = false): Promise<Everything> {
    const trades = await this.rows<{ row: string }>(
      `SELECT concat(exchange, ' ', symbol, ' ', toString(trade_id), ' ', toString(price), ' ', toString(quantity), ' ', toString(side), ' ',
         toString(event_time), ' ', toString(receive_time), ' ', toString(origin)) AS row
       FROM trades ORDER BY exchange, symbol, trade_id`,
    );
    const candles: string[] = [];
    for (const { symbol } of await this.rows<{ symbol: string }>('SELECT DISTINCT symbol FROM candles ORDER BY symbol')) {
      for (const interval of INTERVALS) {
        for (const { open_ms, numbers, state, completeness, revision } of await this.candles(symbol, interval))
          candles.push([symbol, interval, open_ms, numbers, state, completeness, ...(withRevisions ? [revision] : [])].join(' '));
      }
    }
    return { trades: trades.map(({ row }) => row), candles };
  }
}

/** Asks the store that runs on a folder over plain HTTP, so that asking costs no process. */
export async function askStore(dataDir: string, query: string): Promise<string> {
  const { port, secretFile } = JSON.parse(readFileSync(`${dataDir}/store.json`, 'utf8')) as { port: number; secretFile: string };
  const response = await fetch(`http://127.0.0.1:${port}/?database=serac`, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': readFileSync(secretFile, 'utf8').trim() },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
