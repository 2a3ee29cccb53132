import type { Command } from 'commander';
import { TRADE_FIELDS, tradeJson, type TradeJson } from '../codec/json/trade-json.js';
import type { TradeQuery } from '../domain/ports.js';
import { parseFeedId } from '../domain/symbol.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { streamArrow } from '../store/queries/stream-arrow.js';
import { openData } from './support/open-data.js';
import { printRows, write } from './support/print-rows.js';
import { readFormat, readRange, readTimeFormat, type RowFlags } from './support/read-flags.js';

const PAGE_ROWS = 50_000;
/** The market stands in the command. */
const TABLE_FIELDS = ['trade_id', 'price', 'quantity', 'side', 'event_time', 'receive_time', 'origin'] as const;

/** `serac trades`: prints what is stored. */
export function tradesCommand(program: Command): void {
  program
    .command('trades')
    .description('prints stored trades, oldest first')
    .argument('<market>', 'EXCHANGE:SYMBOL, for example binance:BTC-USDT')
    .option('--from <time>', 'first event time; without it, all that is stored')
    .option('--to <time>', 'end, exclusive')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--format <format>', 'table, json, csv or arrow', 'table')
    .option('--time <format>', 'rfc3339, or integers of s, ms, us or ns', 'rfc3339')
    .action(async (market: string, flags: RowFlags) => {
      const feed = parseFeedId(market);
      const range = readRange(flags);
      const format = readFormat(flags.format);
      const time = readTimeFormat(flags.time);
      const data = await openData(flags.data, { mayCreate: false });
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
        await printRows(format, TRADE_FIELDS, TABLE_FIELDS, pages());
      } finally {
        await data.close();
      }
    });
}
