import { GAP_FIELDS, gapJson, type GapJson } from '../../codec/json/gap-json.js';
import type { Gap } from '../../domain/gap.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { gapPage } from '../pages/gap-page.js';
import { checkMarketFilter, readMarket } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { PageOf, tableResponses } from '../schemas/common.js';
import { GapSchema, GapsQuery } from '../schemas/gaps.js';
import { sendTable } from './send-table.js';

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
