import { TRADE_FIELDS, tradeJson } from '../../codec/json/trade-json.js';
import type { Api } from '../api.js';
import type { ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { tradePage } from '../pages/trade-page.js';
import { directionOf } from '../query/direction.js';
import { readMarket } from '../query/read-market.js';
import { readRange } from '../query/read-range.js';
import { PageOf } from '../schemas/page.js';
import { tableResponses } from '../schemas/responses.js';
import { TradeSchema } from '../schemas/trade.js';
import { TradesQuery } from '../schemas/trades-query.js';
import { sendTable } from './send-table.js';

export function addTrades(app: Api, { reader, feeds }: Pick<ApiPorts, 'reader' | 'feeds'>): void {
  const schema = {
    summary: 'Trades of a market whose event time is in [from, to)',
    description:
      'With from, the pages go from the oldest trade to the newest; without it, or with order=desc, from the newest back in time.',
    querystring: TradesQuery,
    response: tableResponses(PageOf(TradeSchema)),
  };
  app.get('/v1/trades', { schema }, async (request, reply) => {
    const { query } = request;
    const market = readMarket(query);
    const { trades, next } = await tradePage(reader, { ...query, market, range: readRange(query), direction: directionOf(query) });
    if (trades.length === 0) await assertKnownMarket(market, feeds, reader);
    const data = trades.map((trade) => tradeJson(trade, query.time));
    // A page that was travelled back in time is still read forwards, unless the newest was asked for first.
    if (query.order === 'asc' && directionOf(query) === 'backwards') data.reverse();
    return sendTable(request, reply, TRADE_FIELDS, { data, next, format: query.format });
  });
}
