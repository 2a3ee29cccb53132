import type { Migration } from './migration.js';

/**
 * Serac's own records: instruments, checkpoints, gaps, and records for troubleshooting. Those last are kept for a limited time; the raw
 * frames in daily parts, so that expiry deletes files instead of rewriting parts. Rows that are older when inserted are dropped at once,
 * which is why `at` has a default: without one, a row without a time would be of 1970.
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
