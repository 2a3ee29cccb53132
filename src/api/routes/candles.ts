import { CANDLE_FIELDS, candleJson, type CandleRow, quietCandleJson } from '../../codec/json/candle-json.js';
import type { TimeFormat } from '../../codec/json/time.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { type CandleEntry, candlePage } from '../pages/candle-page.js';
import { directionOf, readMarket, readRange } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { CandleSchema, CandlesQuery } from '../schemas/candles.js';
import { PageOf, tableResponses } from '../schemas/common.js';
import { sendTable } from './send-table.js';

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
