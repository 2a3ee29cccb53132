import { Type } from 'typebox';
import { type GapJson, gapJson, GAP_FIELDS } from '../../codec/json/gap-json.js';
import { GAP_STATES, type Gap } from '../../domain/gap.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { gapPage } from '../pages/gap-page.js';
import { checkMarketFilter, readMarket } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, tableResponses, PageOf } from '../schemas/common.js';
import { text, pageParameters, TimeParameter } from '../schemas/query.js';
import { sendTable } from './send-table.js';

const GapSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  first_id: Field.id('First id that was missing when the gap opened.'),
  last_id: Field.idOrNull('Last id that was missing when the gap opened; null while it is unknown, and if no id turned out to be missing.'),
  reason: Type.String({
    description:
      'missed: lost while recording; down: the daemon was not running; shed: shed under pressure, or paused; ' +
      'rejected: a copy arrived and was rejected, or the store refused the trade; refused: the store refused it with others, of which some may be valid; ' +
      'damaged: they were stored, and their part of the table was damaged or removed.',
  }),
  state: Type.Enum([...GAP_STATES], { description: 'unrepairable: the venue does not have all of its trades.' }),
  opened_at: Field.time('When it was detected.'),
  closed_at: Field.timeOrNull('When its last id was received.'),
});

const MAX_GAPS = 5_000;

export const GapsQuery = Type.Object(
  {
    market: text('EXCHANGE:SYMBOL, instead of exchange and symbol'),
    exchange: text('the name of an exchange such as binance; without it, all'),
    symbol: text('a canonical symbol such as BTC-USDT; without it, all'),
    state: Type.Optional(
      Type.Enum([...GAP_STATES, 'all'], { description: `${GAP_STATES.join(', ')} or all; without it, all that are not closed` }),
    ),
    ...pageParameters(MAX_GAPS),
    ...TimeParameter,
  },
  { additionalProperties: false },
);

/** Upper bound of the bytes of a gap as JSON. */
const ROW_BYTES = 320;

export function addGaps(app: Api, { gaps, feeds, reader }: Pick<ApiPorts, 'gaps' | 'feeds' | 'reader'>, reads: ReadGuard): void {
  const schema = {
    summary: 'Gaps: ranges of trade ids that are or were missing',
    description: 'Ordered by exchange, symbol and first id. Without state, all gaps that are not closed.',
    querystring: GapsQuery,
    response: tableResponses(PageOf(GapSchema)),
  };
  app.get('/v1/gaps', { schema }, async (request, reply) => {
    const { query, signal } = request;
    if (query.market === undefined) checkMarketFilter(query);
    await reads.enter(request, { rows: query.limit, bytes: query.limit * ROW_BYTES });
    const market = query.market === undefined ? undefined : readMarket(query);
    const page = await gapPage(gaps, { ...query, ...market }, signal);
    if (market !== undefined && page.gaps.length === 0) await assertKnownMarket(market, feeds, reader, signal);
    const write = (gap: Gap): GapJson => gapJson(gap, query.time);
    return await sendTable(request, reply, { rows: page.gaps, write, fields: GAP_FIELDS, next: page.next, format: query.format }, reads);
  });
}
