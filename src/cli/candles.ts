import type { Command } from 'commander';
import { CANDLE_FIELDS, candleJson, type CandleRow } from '../codec/json/candle-json.js';
import { intervalUs } from '../domain/interval.js';
import type { CandleQuery } from '../domain/ports.js';
import { parseFeedId } from '../domain/symbol.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { streamArrow } from '../store/queries/stream-arrow.js';
import { openData } from './support/open-data.js';
import { printRows, write } from './support/print-rows.js';
import { readFormat, readInterval, readRange, readTimeFormat, type RowFlags } from './support/read-flags.js';

const PAGE_ROWS = 10_000;
/** The market and the interval stand in the command. */
const TABLE_FIELDS = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'quote_volume',
  'vwap',
  'trade_count',
  'revision',
  'state',
  'completeness',
] as const;

/** `serac candles`: prints what is stored. */
export function candlesCommand(program: Command): void {
  program
    .command('candles')
    .description('prints stored candles, oldest first')
    .argument('<market>', 'EXCHANGE:SYMBOL, for example binance:BTC-USDT')
    .argument('<interval>', '1s 1m 5m 15m 30m 1h 4h 1d')
    .option('--from <time>', 'first open time; without it, all that is stored')
    .option('--to <time>', 'end, exclusive')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--format <format>', 'table, json, csv or arrow', 'table')
    .option('--time <format>', 'rfc3339, or integers of s, ms, us or ns', 'rfc3339')
    .action(async (market: string, intervalText: string, flags: RowFlags) => {
      const feed = parseFeedId(market);
      const interval = readInterval(intervalText);
      const range = readRange(flags);
      const format = readFormat(flags.format);
      const time = readTimeFormat(flags.time);
      const data = await openData(flags.data, { mayCreate: false });
      try {
        if (format === 'arrow') {
          for await (const chunk of streamArrow(data.client, 'candles', { ...feed, interval, range })) await write(chunk);
          return;
        }
        const reader = new StoredReader(data.client);
        const pages = async function* (): AsyncGenerator<CandleRow[]> {
          let query: CandleQuery = { ...feed, interval, range, limit: PAGE_ROWS };
          for (;;) {
            const candles = await reader.candles(query);
            yield candles.map((candle) => candleJson(candle, time));
            if (candles.length < PAGE_ROWS) return;
            query = { ...query, range: { from: candles[candles.length - 1]!.openTime + intervalUs(interval), to: range.to } };
          }
        };
        await printRows(format, CANDLE_FIELDS, TABLE_FIELDS, pages());
      } finally {
        await data.close();
      }
    });
}
