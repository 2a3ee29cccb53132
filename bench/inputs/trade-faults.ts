import type { ClickHouseClient } from '@clickhouse/client';
import { AuditStore } from '../../src/store/queries/audit-store.js';
import type { SentMarket } from './load-tape.js';

/** Each id is counted by itself, which takes memory. */
const IDS_AT_A_TIME = 5_000_000;

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
