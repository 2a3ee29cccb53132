import type { Migration } from './migration.js';

/**
 * What Serac is about: trades, and candles that are a function of them.
 *
 * Both tables may hold several rows of one key; the highest version wins. Of a trade that is the most immediate origin,
 * which is why the enum's numbers are in that order. The views show one row per key, whatever has been merged so far.
 * They say `do_not_merge_across_partitions_select_final = 0`, because the same trade may come with another event time
 * and then lies in another month.
 *
 * `vendor_data` is no `Map(LowCardinality(String), String)`: filling that with empty maps costs 0.4 us a row, a third of
 * the whole insert (measured); this costs nothing. `conditions` says no default: to compute one for each block that leaves
 * the column out costs 0.1 us a row, and what it is without, the empty text, costs nothing.
 *
 * A batch of trades is one part of a few files, not of one for each column: to make those files was a sixth of the insert. Parts that
 * were merged have them. Columns beside the key are merged one after another, a tenth cheaper than row by row.
 */
export const tradesAndCandles: Migration = {
  version: 1,
  name: 'trades and candles',
  statements: (database) => [
    `CREATE TABLE IF NOT EXISTS ${database}.trades_data (
      exchange LowCardinality(String),
      symbol LowCardinality(String),
      trade_id UInt64 CODEC(Delta, LZ4),
      price Decimal(38, 12),
      quantity Decimal(38, 12),
      side Enum8('unknown' = 0, 'buy' = 1, 'sell' = 2),
      event_time DateTime64(6, 'UTC') CODEC(Delta, LZ4),
      receive_time DateTime64(9, 'UTC') CODEC(Delta, LZ4),
      sequence Nullable(UInt64) CODEC(Delta, LZ4),
      connection_id UInt64,
      origin Enum8('backfill' = 0, 'import' = 1, 'replay' = 2, 'snapshot' = 3, 'live' = 4),
      conditions LowCardinality(String),
      vendor_data Map(String, String),
      version UInt8 MATERIALIZED toUInt8(CAST(origin, 'Int8')),
      INDEX event_time_range event_time TYPE minmax GRANULARITY 1
    )
    ENGINE = ReplacingMergeTree(version)
    PARTITION BY toYYYYMM(event_time)
    ORDER BY (exchange, symbol, trade_id)
    SETTINGS non_replicated_deduplication_window = 1000,
      min_bytes_for_wide_part = 67108864, vertical_merge_algorithm_min_columns_to_activate = 8`,

    `CREATE TABLE IF NOT EXISTS ${database}.candles_data (
      exchange LowCardinality(String),
      symbol LowCardinality(String),
      interval LowCardinality(String),
      open_time DateTime('UTC') CODEC(Delta, LZ4),
      close_time DateTime('UTC') CODEC(Delta, LZ4),
      open Decimal(38, 12),
      high Decimal(38, 12),
      low Decimal(38, 12),
      close Decimal(38, 12),
      volume Decimal(38, 12),
      quote_volume Decimal(38, 24),
      taker_buy_volume Decimal(38, 12),
      taker_buy_quote_volume Decimal(38, 24),
      vwap Decimal(38, 12),
      trade_count UInt64,
      first_trade_id UInt64 CODEC(Delta, LZ4),
      last_trade_id UInt64 CODEC(Delta, LZ4),
      revision UInt32,
      state Enum8('forming' = 0, 'final' = 1),
      completeness Enum8('gap' = 0, 'unproven' = 1, 'backfilled' = 2, 'complete' = 3),
      version UInt64
    )
    ENGINE = ReplacingMergeTree(version)
    PARTITION BY toYYYYMM(open_time)
    ORDER BY (exchange, symbol, interval, open_time)
    SETTINGS non_replicated_deduplication_window = 1000`,

    `CREATE OR REPLACE VIEW ${database}.trades AS
    SELECT exchange, symbol, trade_id, price, quantity, side, event_time, receive_time, sequence, connection_id, origin, conditions, vendor_data
    FROM ${database}.trades_data FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 0`,

    `CREATE OR REPLACE VIEW ${database}.candles AS
    SELECT exchange, symbol, interval, open_time, close_time, open, high, low, close, volume, quote_volume, taker_buy_volume,
      taker_buy_quote_volume, vwap, trade_count, first_trade_id, last_trade_id, revision, state, completeness
    FROM ${database}.candles_data FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 0`,
  ],
};
