import { GAP_FIELDS, gapJson } from '../../codec/json/gap-json.js';
import type { Api } from '../api.js';
import type { ApiPorts } from '../api-ports.js';
import { gapPage } from '../pages/gap-page.js';
import { checkMarketFilter } from '../query/read-market.js';
import { GapSchema } from '../schemas/gap.js';
import { GapsQuery } from '../schemas/gaps-query.js';
import { PageOf } from '../schemas/page.js';
import { tableResponses } from '../schemas/responses.js';
import { sendTable } from './send-table.js';

export function addGaps(app: Api, { gaps }: Pick<ApiPorts, 'gaps'>): void {
  const schema = {
    summary: 'Ranges of ids that are missing, or were',
    description: 'By exchange, symbol and first id. Without state those are listed that are not closed.',
    querystring: GapsQuery,
    response: tableResponses(PageOf(GapSchema)),
  };
  app.get('/v1/gaps', { schema }, async (request, reply) => {
    const { query } = request;
    checkMarketFilter(query);
    const page = await gapPage(gaps, query);
    const data = page.gaps.map((gap) => gapJson(gap, query.time));
    return sendTable(request, reply, GAP_FIELDS, { data, next: page.next, format: query.format });
  });
}
