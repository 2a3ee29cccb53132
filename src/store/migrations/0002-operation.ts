import type { Migration } from './migration.js';

/**
 * What Serac knows about itself and its sources: instruments, checkpoints, gaps, and the records that people look at when
 * something went wrong. Those last are kept for a while only; the raw frames in parts of one day each, so that a day goes
 * by deleting its files instead of rewriting others. What is older than that when it is inserted is dropped at once, which
 * is why `at` has a default: without one, a row that does not say when would be of 1970.
 */
export const operation: Migration = {
  version: 2,
  name: 'operation',
  statements: (database) => [
    `CREATE TABLE IF NOT EXISTS ${database}.instruments (
      exchange LowCardinality(String),
      symbol LowCardinality(String),
      venue_symbol String,
      asset_class LowCardinality(String),
      base LowCardinality(String),
      quote LowCardinality(String),
      tick_size Decimal(38, 12),
      lot_size Decimal(38, 12),
      updated_at DateTime64(6, 'UTC')
    )
    ENGINE = ReplacingMergeTree(updated_at)
    ORDER BY (exchange, symbol)`,

    `CREATE TABLE IF NOT EXISTS ${database}.checkpoints (
      exchange LowCardinality(String),
      symbol LowCardinality(String),
      covered Array(Tuple(UInt64, UInt64)),
      empty Array(Tuple(UInt64, UInt64)),
      rejected Array(Tuple(UInt64, UInt64)),
      last_event_time DateTime64(6, 'UTC'),
      clean Bool,
      saved_at DateTime64(6, 'UTC')
    )
    ENGINE = ReplacingMergeTree(saved_at)
    ORDER BY (exchange, symbol, clean)`,

    `CREATE TABLE IF NOT EXISTS ${database}.gaps (
      exchange LowCardinality(String),
      symbol LowCardinality(String),
      first_id UInt64,
      last_id Nullable(UInt64),
      opened_at DateTime64(6, 'UTC'),
      reason LowCardinality(String),
      state Enum8('open' = 0, 'closed' = 1, 'unrepairable' = 2),
      closed_at Nullable(DateTime64(6, 'UTC')),
      version UInt64
    )
    ENGINE = ReplacingMergeTree(version)
    ORDER BY (exchange, symbol, first_id)`,

    `CREATE TABLE IF NOT EXISTS ${database}.raw_frames (
      receive_time DateTime64(9, 'UTC') CODEC(Delta, LZ4),
      exchange LowCardinality(String),
      connection_id UInt64,
      frame String CODEC(ZSTD(1))
    )
    ENGINE = MergeTree
    PARTITION BY toDate(receive_time)
    ORDER BY (exchange, connection_id, receive_time)
    TTL toDateTime(receive_time) + INTERVAL 7 DAY
    SETTINGS ttl_only_drop_parts = 1`,

    `CREATE TABLE IF NOT EXISTS ${database}.rejects (
      at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
      receive_time DateTime64(9, 'UTC'),
      exchange LowCardinality(String),
      symbol LowCardinality(String),
      reason LowCardinality(String),
      detail String,
      raw String,
      connection_id UInt64
    )
    ENGINE = MergeTree
    ORDER BY (exchange, symbol, at)
    TTL toDateTime(at) + INTERVAL 30 DAY`,

    `CREATE TABLE IF NOT EXISTS ${database}.feed_events (
      at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
      feed LowCardinality(String),
      machine LowCardinality(String),
      region LowCardinality(String),
      event LowCardinality(String),
      from_state String,
      to_state String,
      context String,
      guards Array(String)
    )
    ENGINE = MergeTree
    ORDER BY (feed, at)
    TTL toDateTime(at) + INTERVAL 30 DAY`,
  ],
};
