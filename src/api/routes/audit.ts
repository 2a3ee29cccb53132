import { auditJson } from '../../codec/json/audit-json.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { readMarket, readRange } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { AuditQuery, AuditSchema } from '../schemas/audit.js';
import { jsonResponses } from '../schemas/common.js';

/** Most ranges per list of an audit; its counts cover all. */
const RANGES_MAX = 1_000;

/** It scans every id of its range, and returns at most the ranges of its lists. */
const COST = { rows: Infinity, bytes: 4 * RANGES_MAX * 200 };

export function addAudit(app: Api, { audits, feeds, reader }: Pick<ApiPorts, 'audits' | 'feeds' | 'reader'>, reads: ReadGuard): void {
  const schema = {
    summary: 'Audit of a market in [from, to): the trade ids that are expected, and those that are present',
    description:
      'All ids between the newest trade before from and the oldest trade at or after to are expected: present + empty + ' +
      `rejected + missing = expected. Each list has at most ${RANGES_MAX.toLocaleString('en')} ranges; the counts cover all of them.`,
    querystring: AuditQuery,
    response: jsonResponses(AuditSchema),
  };
  app.get('/v1/audit', { schema }, async (request) => {
    const { query, signal } = request;
    const market = readMarket(query);
    const range = readRange(query);
    await reads.enter(request, COST);
    const audit = await audits.audit(market, range, signal);
    if (audit.expected === null && audit.before === null && audit.after === null) await assertKnownMarket(market, feeds, reader, signal);
    return auditJson(market, range, audit, query.time, RANGES_MAX);
  });
}
