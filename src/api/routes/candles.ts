import { Type } from 'typebox';
import { type CandleRow, CANDLE_FIELDS, candleJson, quietCandleJson } from '../../codec/json/candle-json.js';
import type { TimeFormat } from '../../codec/json/time.js';
import { INTERVALS } from '../../domain/candle.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { candlePage, type CandleEntry } from '../pages/candle-page.js';
import { readMarket, readRange, directionOf } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, tableResponses, PageOf } from '../schemas/common.js';
import { rangeParameters } from '../schemas/query.js';
import { sendTable } from './send-table.js';

const CandleSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  interval: Type.Enum([...INTERVALS]),
  open_time: Field.time('Start of the window, inclusive.'),
  close_time: Field.time('End of the window, exclusive.'),
  open: Field.decimal('Price of the first trade.'),
  high: Field.decimal('Highest price.'),
  low: Field.decimal('Lowest price.'),
  close: Field.decimal('Price of the last trade.'),
  volume: Field.decimal('Sum of the quantities.'),
  quote_volume: Field.decimal('Sum of price times quantity.'),
  taker_buy_volume: Field.decimal('Sum of the quantities of trades whose taker bought.'),
  taker_buy_quote_volume: Field.decimal('Sum of price times quantity of trades whose taker bought.'),
  vwap: Field.decimal(
    'quote_volume / volume to 12 decimal places, rounded half to even. In a quiet candle the price of the last trade, as in open, high, low and close.',
  ),
  trade_count: Field.count('Number of trades.'),
  first_trade_id: Field.idOrNull('null in a quiet candle.'),
  last_trade_id: Field.idOrNull('null in a quiet candle.'),
  revision: Field.count('Number of times the stored numbers of this candle were replaced.'),
  state: Type.Enum(['forming', 'final']),
  completeness: Type.Enum(['complete', 'quiet', 'backfilled', 'unproven', 'gap'], {
    description:
      'What is proven of its trades. complete: all are present, all live. backfilled: all are present, some backfilled. quiet: proven that there ' +
      'was no trade. unproven: no trade is known to be missing. gap: trades are known to be missing.',
  }),
});

const MAX_CANDLES = 5_000;

export const CandlesQuery = Type.Object(
  {
    ...rangeParameters(MAX_CANDLES),
    interval: Type.Enum([...INTERVALS], { description: `one of ${INTERVALS.join(', ')}` }),
    fill: Type.Enum(['none', 'previous'], {
      default: 'none',
      description: 'previous to add a quiet candle wherever it is proven that nothing was traded, or none',
    }),
  },
  { additionalProperties: false },
);

/** Upper bound of the bytes of a candle as JSON. */
const ROW_BYTES = 640;

export function addCandles(app: Api, { reader, feeds }: Pick<ApiPorts, 'reader' | 'feeds'>, reads: ReadGuard): void {
  const schema = {
    summary: 'Candles of a market whose open time is in [from, to)',
    description:
      'With from, pages run from the oldest candle to the newest; without it, or with order=desc, from the newest to the oldest. ' +
      'fill=previous adds a quiet candle for each window between two returned candles in which, as their ids prove, nothing was traded.',
    querystring: CandlesQuery,
    response: tableResponses(PageOf(CandleSchema)),
  };
  app.get('/v1/candles', { schema }, async (request, reply) => {
    const { query, signal } = request;
    const market = readMarket(query);
    const range = readRange(query);
    await reads.enter(request, { rows: query.limit, bytes: query.limit * ROW_BYTES });
    const { entries, next } = await candlePage(reader, { ...query, market, range, direction: directionOf(query) }, signal);
    if (entries.length === 0) await assertKnownMarket(market, feeds, reader, signal);
    // A page fetched back in time is still returned in ascending order, unless order=desc was given.
    const rows = query.order === 'asc' && directionOf(query) === 'backwards' ? entries.toReversed() : entries;
    const write = (entry: CandleEntry): CandleRow => entryJson(entry, query.time);
    return await sendTable(request, reply, { rows, write, fields: CANDLE_FIELDS, next, format: query.format }, reads);
  });
}

function entryJson({ candle, openTime }: CandleEntry, time: TimeFormat): CandleRow {
  return openTime === candle.openTime ? candleJson(candle, time) : quietCandleJson(candle, openTime, time);
}
