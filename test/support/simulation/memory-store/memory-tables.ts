import type { Batch, Sink } from '../../../../src/domain/ports/sink.js';
import { CandleTable } from './candle-table.js';
import { CheckpointTable } from './checkpoint-table.js';
import { decodeCandles } from './decode-candles.js';
import { decodeTrades } from './decode-trades.js';
import { GapTable } from './gap-table.js';
import { jsonRows } from './json-rows.js';
import { TradeTable } from './trade-table.js';

/** Inserts whose tokens a table remembers, as its setting non_replicated_deduplication_window says. */
const TOKENS_MAX = 1_000;

/** Tables that remember tokens. */
const DEDUPLICATING: readonly Batch['table'][] = ['trades_data', 'candles_data'];

const REJECT_COLUMNS = ['at', 'receive_time', 'exchange', 'symbol', 'reason', 'detail', 'raw', 'connection_id'];

/** The tables of a store, in memory: what a batch that was written has become. */
export class MemoryTables implements Sink {
  readonly name = 'memory';
  /** By `exchange symbol`, in order of appearance. */
  readonly trades = new Map<string, TradeTable>();
  /** By `exchange symbol interval`. */
  readonly candles = new Map<string, CandleTable>();
  readonly checkpoints = new CheckpointTable();
  readonly gaps = new GapTable();
  /** Rows by table, of those that nothing is asked of but their number. */
  readonly counts = new Map<Batch['table'], number>();
  /** Batches that were dropped because their token was known. */
  repeatedBatches = 0;
  readonly #tokens = new Map<Batch['table'], Set<string>>();

  write(batch: Batch): Promise<void> {
    // What is thrown here is what a store says that refuses a batch.
    return Promise.resolve().then(() => this.insert(batch));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** All rows of a batch at once, or none. */
  insert(batch: Batch): void {
    if (DEDUPLICATING.includes(batch.table) && this.#isRepeated(batch)) {
      this.repeatedBatches += 1;
      return;
    }
    switch (batch.table) {
      case 'trades_data':
        for (const { exchange, symbol, trade } of decodeTrades(batch.bytes)) this.tradesOf(exchange, symbol).insert(trade);
        break;
      case 'candles_data':
        for (const { exchange, symbol, interval, candle } of decodeCandles(batch.bytes))
          this.candlesOf(exchange, symbol, interval).insert(candle);
        break;
      case 'checkpoints':
        this.checkpoints.insert(batch.bytes);
        break;
      case 'gaps':
        this.gaps.insert(batch.bytes);
        break;
      case 'rejects':
        jsonRows(batch.bytes, REJECT_COLUMNS);
        break;
      case 'feed_events':
      case 'instruments':
      case 'raw_frames':
        break;
    }
    this.counts.set(batch.table, (this.counts.get(batch.table) ?? 0) + batch.rows);
    this.#tokens.get(batch.table)?.add(batch.token);
  }

  /** The table of candles is dropped and made again, empty: it knows no token then. */
  dropCandles(): void {
    this.candles.clear();
    this.#tokens.delete('candles_data');
  }

  tradesOf(exchange: string, symbol: string): TradeTable {
    return found(this.trades, `${exchange} ${symbol}`, () => new TradeTable());
  }

  candlesOf(exchange: string, symbol: string, interval: string): CandleTable {
    return found(this.candles, `${exchange} ${symbol} ${interval}`, () => new CandleTable());
  }

  /** How many trades fewer are stored than the checkpoints name. */
  get missingRows(): number {
    const exchanges = new Set([...this.trades.keys()].map((key) => key.slice(0, key.indexOf(' '))));
    let missing = 0;
    for (const exchange of exchanges) {
      for (const { covered } of this.checkpoints.newest(exchange).values())
        missing += covered.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    }
    for (const { byId } of this.trades.values()) missing -= byId.size;
    return Math.max(missing, 0);
  }

  /** Markets with trades. */
  symbols(exchange: string): string[] {
    return [...this.trades.keys()].filter((key) => key.startsWith(`${exchange} `)).map((key) => key.slice(exchange.length + 1));
  }

  #isRepeated({ table, token }: Batch): boolean {
    const tokens = found(this.#tokens, table, () => new Set<string>());
    if (tokens.has(token)) return true;
    if (tokens.size >= TOKENS_MAX) tokens.delete(tokens.values().next().value!);
    return false;
  }
}

function found<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
