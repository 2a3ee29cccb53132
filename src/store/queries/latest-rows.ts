/*
 * Our own queries filter the `_data` tables first and then keep one row per key, which is many times faster than the views: those have to
 * merge whole parts before a condition can help.
 */

/** The trades of one market, one row per id, with the given conditions (SQL over the columns of trades_data). */
export function latestTrades(columns: string, conditions: string): string {
  return `
    SELECT ${columns}
    FROM trades_data
    WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND ${conditions}
    ORDER BY exchange, symbol, trade_id, version DESC
    LIMIT 1 BY exchange, symbol, trade_id`;
}

/** The candles of one market and interval, one row per open time. */
export function latestCandles(columns: string, conditions: string): string {
  return `
    SELECT ${columns}
    FROM candles_data
    WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = {interval:String} AND ${conditions}
    ORDER BY exchange, symbol, interval, open_time, version DESC
    LIMIT 1 BY exchange, symbol, interval, open_time`;
}
