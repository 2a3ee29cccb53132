import type { Command } from 'commander';
import { TRADE_FIELDS, tradeJson, type TradeJson } from '../codec/json/trade-json.js';
import type { TradeQuery } from '../domain/ports/reader.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { streamArrow } from '../store/queries/stream-arrow.js';
import { write } from './support/answer.js';
import { openData } from './support/open-data.js';
import { printRows } from './support/print-rows.js';
import { examples, readFormat, readMarket, readRange, readTimeFormat, type RowFlags } from './support/read-flags.js';
import { assertStored } from './support/stored-markets.js';

const PAGE_ROWS = 50_000;

/** Most important first; the market is in the command. */
const TABLE_FIELDS = ['event_time', 'price', 'quantity', 'side', 'trade_id', 'origin', 'receive_time'] as const;

/** `serac trades`: prints stored trades. */
export function tradesCommand(program: Command): void {
  program
    .command('trades')
    .summary('prints stored trades')
    .description('prints stored trades, oldest first')
    .argument('<market>', 'EXCHANGE:SYMBOL, for example binance:BTC-USDT')
    .option('--from <time>', 'first event time; default: everything stored')
    .option('--to <time>', 'end of the range, exclusive')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--format <format>', 'table, json, csv or arrow', 'table')
    .option('--json', 'the same as --format json')
    .option('--wide', 'show all columns in a table, not only those that fit the terminal (80 characters without a terminal)')
    .option('--time <format>', 'rfc3339, or integers of s, ms, us or ns', 'rfc3339')
    .addHelpText(
      'after',
      examples(
        ['trades binance:BTC-USDT --from 2026-11-01 --to 2026-11-01T00:01:00Z', 'prints one minute'],
        ['trades binance:BTC-USDT --format arrow > trades.arrow', 'everything stored, for other programs'],
      ),
    )
    .action(async (market: string, flags: RowFlags) => {
      const feed = readMarket(market);
      const range = readRange(flags);
      const format = readFormat(flags);
      const time = readTimeFormat(flags.time);
      const data = await openData(flags.data, 'read');
      try {
        if (format === 'arrow') {
          for await (const chunk of streamArrow(data.client, 'trades', { ...feed, range })) await write(chunk);
          return;
        }
        const reader = new StoredReader(data.client);
        const pages = async function* (): AsyncGenerator<TradeJson[]> {
          let query: TradeQuery = { ...feed, range, limit: PAGE_ROWS };
          for (;;) {
            const trades = await reader.trades(query);
            yield trades.map((trade) => tradeJson(trade, time));
            const last = trades[trades.length - 1];
            if (trades.length < PAGE_ROWS || last === undefined) return;
            query = { ...query, after: { eventTime: last.eventTime, tradeId: last.tradeId } };
          }
        };
        const empty = async (): Promise<string> => {
          await assertStored(data.client, feed, flags.data);
          return `No trades of ${market} in this range.`;
        };
        await printRows({ format, fields: TRADE_FIELDS, tableFields: TABLE_FIELDS, wide: flags.wide === true, empty }, pages());
      } finally {
        await data.close();
      }
    });
}
