import { sumsFrom, type Candle } from '../../../../src/domain/candle.js';
import type { TradeRow } from '../../../../src/domain/ports/reader.js';
import type { FeedStatus, SinkStatus } from '../../../../src/domain/ports/status.js';

/** 2024-08-08T23:58:00Z, us. */
export const MINUTE_US = 1_723_161_480_000_000;
const ONE = 10n ** 12n;

/** A candle of binance:BTC-USDT whose ids run from firstId to lastId. */
export function candle(openTime: number, firstId: number, lastId: number, rest: Partial<Candle> = {}): Candle {
  const quantity = BigInt(lastId - firstId + 1) * ONE;
  const close = 60_000n * ONE + BigInt(lastId);
  return {
    exchange: 'binance',
    symbol: 'BTC-USDT',
    interval: '1m',
    openTime,
    sums: sumsFrom(
      {
        open: 60_000n * ONE,
        high: close,
        low: 60_000n * ONE,
        close,
        volume: quantity,
        quoteVolume: quantity * 60_000n * ONE,
        takerBuyVolume: quantity / 2n,
        takerBuyQuoteVolume: (quantity / 2n) * 60_000n * ONE,
      },
      { count: lastId - firstId + 1, firstId, lastId, repaired: 0 },
    ),
    revision: 0,
    state: 'final',
    completeness: 'complete',
    ...rest,
  };
}

export function trade(eventTime: number, tradeId: number, rest: Partial<TradeRow> = {}): TradeRow {
  return {
    exchange: 'binance',
    symbol: 'BTC-USDT',
    tradeId: String(tradeId),
    price: '60000.01',
    quantity: '0.5',
    side: 'buy',
    eventTime,
    receiveTime: BigInt(eventTime) * 1_000n + 789n,
    sequence: null,
    connectionId: '7',
    origin: 'live',
    ...rest,
  };
}

export function feed(rest: Partial<FeedStatus> = {}): FeedStatus {
  return {
    exchange: 'binance',
    symbol: 'BTC-USDT',
    tier: 2,
    connection: 'live',
    continuity: 'gap',
    degradation: 'normal',
    since: { connection: MINUTE_US, continuity: MINUTE_US + 1_000, degradation: MINUTE_US },
    suspension: null,
    trouble: null,
    repairTrouble: null,
    connectionId: '7',
    trades: 12,
    lastTradeId: '112',
    lastEventTime: MINUTE_US,
    holes: [[103, 105]],
    unacknowledged: 3,
    ...rest,
  };
}

export function sink(rest: Partial<SinkStatus> = {}): SinkStatus {
  return {
    name: 'clickhouse',
    state: 'accepting',
    ok: true,
    detail: 'accepting',
    batches: 40,
    rows: 1_200,
    retries: 1,
    refusals: 2,
    made: { rows: 3, bytes: 0, age: 38 },
    queued: { batches: 1, bytes: 4_096, fill: 0.25 },
    oldestUnacknowledgedMs: 12,
    lastError: { reason: 'It is away.', at: MINUTE_US },
    kept: { unwritten: 0, refused: 2, setAside: 1 },
    ...rest,
  };
}
