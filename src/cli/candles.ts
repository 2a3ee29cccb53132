import type { Command } from 'commander';
import { CANDLE_FIELDS, candleJson, type CandleRow } from '../codec/json/candle-json.js';
import { intervalUs } from '../domain/candle.js';
import type { CandleQuery } from '../domain/ports/reader.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { streamArrow } from '../store/queries/stream-arrow.js';
import { write } from './support/answer.js';
import { openData } from './support/open-data.js';
import { printRows } from './support/print-rows.js';
import { examples, readFormat, readInterval, readMarket, readRange, readTimeFormat, type RowFlags } from './support/read-flags.js';
import { assertStored } from './support/stored-markets.js';

const PAGE_ROWS = 10_000;

/** Most important first; the market and the interval are in the command. */
const TABLE_FIELDS = [
  ...(['open_time', 'open', 'close', 'completeness', 'high', 'low', 'volume', 'trade_count'] as const),
  ...(['state', 'vwap', 'revision', 'quote_volume'] as const),
] as const;

/** `serac candles`: prints stored candles. */
export function candlesCommand(program: Command): void {
  program
    .command('candles')
    .summary('prints stored candles')
    .description('prints stored candles, oldest first')
    .argument('<market>', 'EXCHANGE:SYMBOL, for example binance:BTC-USDT')
    .argument('<interval>', '1s 1m 5m 15m 30m 1h 4h 1d')
    .option('--from <time>', 'first open time; default: everything stored')
    .option('--to <time>', 'end of the range, exclusive')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--format <format>', 'table, json, csv or arrow', 'table')
    .option('--json', 'the same as --format json')
    .option('--wide', 'show all columns in a table, not only those that fit the terminal (80 characters without a terminal)')
    .option('--time <format>', 'rfc3339, or integers of s, ms, us or ns', 'rfc3339')
    .addHelpText(
      'after',
      examples(
        ['candles binance:BTC-USDT 1m', 'everything stored'],
        ['candles binance:BTC-USDT 1h --from 2026-11-01 --format csv', 'for a spreadsheet'],
      ),
    )
    .action(async (market: string, intervalText: string, flags: RowFlags) => {
      const feed = readMarket(market);
      const interval = readInterval(intervalText);
      const range = readRange(flags);
      const format = readFormat(flags);
      const time = readTimeFormat(flags.time);
      const data = await openData(flags.data, 'read');
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
        const empty = async (): Promise<string> => {
          await assertStored(data.client, feed, flags.data);
          return `No ${interval} candles of ${market} in this range.`;
        };
        await printRows({ format, fields: CANDLE_FIELDS, tableFields: TABLE_FIELDS, wide: flags.wide === true, empty }, pages());
      } finally {
        await data.close();
      }
    });
}
