import type { Candle as LedgerCandle } from '../../simulator/ledger/candle.js';
import type { Ledger } from '../../simulator/ledger/ledger.js';
import type { StoreClient } from '../../store/connect-clickhouse.js';

/** Compares what is stored with what a simulated exchange sent. Only SQL and the ledger are used: no code of the recording. */
export interface Comparison {
  /** Trades that were sent. */
  readonly emitted: number;
  /** Distinct stored trades. */
  readonly stored: number;
  /** Sent and not stored. */
  readonly missing: number;
  /** Rows beyond the first per id in the view `trades`. */
  readonly duplicates: number;
  /** Rows beyond the first per id on disk. */
  readonly redelivered: number;
  /** Stored trades that differ from what was sent. */
  readonly different: number;
  readonly candles: number;
  /** Candles that differ from the fold of the sent trades, are missing, or are extra. */
  readonly candleMismatches: number;
  /** Candles marked complete or backfilled that lack a trade of the market. */
  readonly falselyComplete: number;
}

const INTERVALS = ['1s', '1m', '5m', '15m', '30m', '1h', '4h', '1d'] as const;

interface StoredTrade {
  readonly id: string;
  readonly price: string;
  readonly quantity: string;
  readonly side: string;
  readonly time_ms: string;
}

interface StoredCandle {
  readonly open_ms: string;
  readonly numbers: readonly string[];
  readonly completeness: string;
}

export async function compareWithLedger(
  client: StoreClient,
  exchange: string,
  ledger: Ledger,
  symbolOf: (venueSymbol: string) => string,
): Promise<Comparison> {
  const sum = {
    emitted: 0,
    stored: 0,
    missing: 0,
    duplicates: 0,
    redelivered: 0,
    different: 0,
    candles: 0,
    candleMismatches: 0,
    falselyComplete: 0,
  };
  for (const name of ledger.symbols()) {
    const symbol = symbolOf(name);
    const trades = await query<StoredTrade>(client, TRADES, { exchange, symbol });
    const [{ rows = '0' } = {}] = await query<{ rows?: string }>(client, PHYSICAL_ROWS, { exchange, symbol });
    const stored = new Map(trades.map((trade) => [trade.id, trade]));
    sum.emitted += ledger.emittedCount(name);
    sum.stored += stored.size;
    sum.duplicates += trades.length - stored.size;
    sum.redelivered += Number(rows) - stored.size;
    for (const [first, last] of ledger.emittedIds(name)) {
      for (const sent of ledger.trades(name, first)) {
        if (sent.id > last) break;
        const row = stored.get(String(sent.id));
        if (row === undefined) sum.missing += 1;
        else if (
          row.price !== sent.price ||
          row.quantity !== sent.quantity ||
          row.side !== sent.side ||
          row.time_ms !== String(Math.floor(sent.timeUs / 1_000))
        ) {
          sum.different += 1;
        }
        stored.delete(String(sent.id));
      }
    }
    sum.different += stored.size;
    for (const interval of INTERVALS) {
      const rows = await query<StoredCandle>(client, CANDLES, { exchange, symbol, interval });
      const sent = byOpenTime(ledger.emittedCandles(name, interval));
      const traded = byOpenTime(ledger.candles(name, interval));
      sum.candles += rows.length;
      for (const row of rows) {
        const numbers = row.numbers.join();
        if (sent.get(row.open_ms) !== numbers) sum.candleMismatches += 1;
        if (['complete', 'backfilled'].includes(row.completeness) && traded.get(row.open_ms) !== numbers) sum.falselyComplete += 1;
        sent.delete(row.open_ms);
      }
      sum.candleMismatches += sent.size;
    }
  }
  return sum;
}

const PLAIN = "replaceRegexpOne(replaceRegexpOne(toString({}), '(\\\\.\\\\d*?)0+$', '\\\\1'), '\\\\.$', '')";
const plain = (column: string): string => PLAIN.replace('{}', column);

const TRADES = `
  SELECT toString(trade_id) AS id, ${plain('price')} AS price, ${plain('quantity')} AS quantity, toString(side) AS side,
    toString(toUnixTimestamp64Milli(event_time)) AS time_ms
  FROM trades WHERE exchange = {exchange:String} AND symbol = {symbol:String}`;

const PHYSICAL_ROWS = `
  SELECT toString(count()) AS rows FROM trades_data WHERE exchange = {exchange:String} AND symbol = {symbol:String}`;

const COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume', 'vwap'];
const CANDLES = `
  SELECT toString(toInt64(toUnixTimestamp(open_time)) * 1000) AS open_ms, toString(completeness) AS completeness,
    [${COLUMNS.map(plain).join(', ')}, toString(trade_count), toString(first_trade_id), toString(last_trade_id)] AS numbers
  FROM candles WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = {interval:String}`;

async function query<Row>(client: StoreClient, sql: string, parameters: Record<string, string>): Promise<Row[]> {
  const result = await client.query({ query: sql, format: 'JSONEachRow', query_params: parameters });
  return await result.json<Row>();
}

function byOpenTime(candles: readonly LedgerCandle[]): Map<string, string> {
  return new Map(
    candles.map((candle) => [
      String(candle.openTime),
      [
        ...[candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quoteVolume],
        ...[candle.takerBuyVolume, candle.takerBuyQuoteVolume, candle.vwap, candle.tradeCount, candle.firstTradeId, candle.lastTradeId],
      ].join(),
    ]),
  );
}
