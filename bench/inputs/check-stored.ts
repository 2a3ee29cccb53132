import type { ClickHouseClient } from '@clickhouse/client';
import { verifyCandles } from '../../src/actors/recorder/verify-candles.js';
import { AuditStore } from '../../src/store/queries/audit-store.js';
import { ClickHouseFoldStore } from '../../src/store/queries/fold-store.js';
import type { SentMarket } from './load-tape.js';

/** Each id is counted by itself, which takes memory. */
const IDS_AT_A_TIME = 5_000_000;
const ALL_TIME = { from: 0, to: 4_102_444_800_000_000 };

/** Counts what is stored of each market that was sent: every trade once. */
export async function tradeFaults(client: ClickHouseClient, markets: readonly SentMarket[]): Promise<string[]> {
  const audit = new AuditStore(client);
  const faults: string[] = [];
  for (const { symbol, firstId, trades } of markets) {
    let [stored, duplicates, redelivered] = [0, 0, 0];
    const lastId = firstId + trades - 1;
    for (let from = firstId; from <= lastId; from += IDS_AT_A_TIME) {
      const counts = await audit.counts('binance', symbol, [[from, Math.min(from + IDS_AT_A_TIME - 1, lastId)]]);
      stored += counts.stored;
      duplicates += counts.duplicates;
      redelivered += counts.redelivered;
    }
    if (stored !== trades || duplicates > 0 || redelivered > 0) {
      faults.push(`${symbol}: ${stored} of ${trades} trades stored, ${duplicates} shown twice, ${redelivered} stored twice`);
    }
  }
  return faults;
}

/** Compares every candle with a fold of the stored trades by the store's own SQL. */
export async function candleFaults(
  client: ClickHouseClient,
  markets: readonly SentMarket[],
): Promise<{ readonly candles: number; readonly faults: string[] }> {
  let candles = 0;
  const faults: string[] = [];
  for (const { symbol } of markets) {
    const found = await verifyCandles('binance', symbol, ALL_TIME, new ClickHouseFoldStore(client), new AuditStore(client));
    candles += found.candles;
    if (found.wrong.length > 0) faults.push(`${symbol}: ${found.wrong.length} candles are not the fold of their trades`);
    if (found.candles === 0) faults.push(`${symbol}: no candle is stored`);
  }
  return { candles, faults };
}
