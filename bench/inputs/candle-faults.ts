import type { ClickHouseClient } from '@clickhouse/client';
import { INTERVAL_US, INTERVALS } from '../../src/domain/candle.js';
import { select } from '../../src/store/queries/select.js';

/** Exact in 38 digits, or refused by the store: no trade of a load is worth 10^14. */
const NOTIONAL = 'price * quantity';

/**
 * Folds all stored trades into seconds, the seconds into windows of every interval, and holds each window against its stored candle, in
 * one statement: the ledger of a bench run. It takes each row for a trade, so the trades have to be stored once. The vwap is that number
 * w of 10^-12 for which quote volume is within half a unit of w times volume.
 */
const COMPARE = `
  WITH
    seconds AS (
      SELECT symbol AS market, toUnixTimestamp(toDateTime(event_time)) AS second, count() AS n, min(trade_id) AS first, max(trade_id) AS last,
        argMin(price, trade_id) AS o, max(price) AS h, min(price) AS l, argMax(price, trade_id) AS c,
        sum(quantity) AS v, sum(${NOTIONAL}) AS q, sumIf(quantity, side = 'buy') AS tv, sumIf(${NOTIONAL}, side = 'buy') AS tq
      FROM trades_data
      GROUP BY market, second
    ),
    folded AS (
      SELECT market, name, toUInt32(intDiv(second, length) * length) AS opened, sum(seconds.n) AS n, min(seconds.first) AS first, max(seconds.last) AS last,
        argMin(seconds.o, seconds.first) AS o, max(seconds.h) AS h, min(seconds.l) AS l, argMax(seconds.c, seconds.last) AS c,
        sum(seconds.v) AS v, sum(seconds.q) AS q, sum(seconds.tv) AS tv, sum(seconds.tq) AS tq
      FROM seconds
      ARRAY JOIN {names:Array(String)} AS name, {lengths:Array(UInt32)} AS length
      GROUP BY market, name, opened
    ),
    stored AS (
      SELECT symbol AS market, toString(interval) AS name, toUnixTimestamp(open_time) AS opened, trade_count, first_trade_id, last_trade_id,
        open, high, low, close, volume, quote_volume, taker_buy_volume, taker_buy_quote_volume, vwap,
        toInt256(toDecimal256(quote_volume, 24) * toDecimal256('1000000000000000000000000', 0)) AS quote_units,
        toInt256(toDecimal256(volume, 12) * toDecimal256('1000000000000', 0)) AS volume_units,
        toInt256(toDecimal256(vwap, 12) * toDecimal256('1000000000000', 0)) AS vwap_units
      FROM candles
    )
  SELECT toString(count()) AS windows, toString(countIf(stored.trade_count > 0)) AS candles,
    toString(countIf(NOT (
      folded.n = stored.trade_count AND folded.first = first_trade_id AND folded.last = last_trade_id
      AND o = open AND h = high AND l = low AND c = close AND v = volume AND q = quote_volume
      AND tv = taker_buy_volume AND tq = taker_buy_quote_volume
      AND 2 * abs(quote_units - vwap_units * volume_units) <= volume_units
    ))) AS wrong
  FROM folded FULL OUTER JOIN stored USING (market, name, opened)`;

/** Compares every candle with a fold of the stored trades by the store's own SQL. */
export async function candleFaults(client: ClickHouseClient): Promise<{ readonly candles: number; readonly faults: string[] }> {
  const lengths = INTERVAL_US.map((length) => length / 1_000_000);
  const [row] = await select<{ windows: string; candles: string; wrong: string }>(client, COMPARE, { names: INTERVALS, lengths });
  const [windows, candles, wrong] = [Number(row!.windows), Number(row!.candles), Number(row!.wrong)];
  const faults: string[] = [];
  if (wrong > 0) faults.push(`${wrong} of ${windows} candles are not the fold of their trades`);
  if (candles === 0) faults.push('no candle is stored');
  return { candles, faults };
}
