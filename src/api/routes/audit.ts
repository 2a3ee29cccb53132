import { Type } from 'typebox';
import { auditJson } from '../../codec/json/audit-json.js';
import { TIME_EXPECTED } from '../../codec/json/time.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { readMarket, readRange } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, jsonResponses } from '../schemas/common.js';
import { marketParameters, textNeeded, TimeParameter } from '../schemas/query.js';

const Mark = Type.Object({ trade_id: Field.id("The venue's trade id."), event_time: Field.time('Its event time.') });
const markOrNull = (description: string) => Type.Union([Mark, Type.Null()], { description });
const range = { first_id: Field.id('First id.'), last_id: Field.id('Last id.') };

const AuditSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  from: Field.time('As asked.'),
  to: Field.time('As asked.'),
  before: markOrNull('The newest trade before from.'),
  after: markOrNull('The oldest trade at or after to.'),
  expected: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'Number of ids between the two; where one is unknown, up to the last known id on that side. null: no id is known.',
  }),
  present: Field.count('Of those, ids whose trade is stored or in memory.'),
  empty: Field.count('Ids that the venue used and that hold no trade.'),
  rejected: Field.count('Ids whose trade was rejected.'),
  missing: Field.count('Ids that were never received.'),
  proven: Type.Boolean({ description: 'Whether it is proven that every trade of the range is present.' }),
  doubts: Type.Array(
    Type.String({
      description:
        'Why it is not proven: ids_prove_nothing, no_trade_before, no_trade_after, times_out_of_order, ids_missing, trades_rejected.',
    }),
  ),
  missing_ranges: Type.Array(
    Type.Object({
      ...range,
      reason: Type.Unsafe<string | null>({
        type: ['string', 'null'],
        description: 'Reason of the gap that covers the range; null if none does.',
      }),
      state: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Of that gap.' }),
      opened_at: Field.timeOrNull('Of that gap.'),
    }),
  ),
  rejected_ranges: Type.Array(Type.Object(range)),
  empty_ranges: Type.Array(Type.Object(range)),
});
export const AuditQuery = Type.Object(
  {
    ...marketParameters,
    from: textNeeded(`${TIME_EXPECTED}; inclusive`),
    to: textNeeded(`${TIME_EXPECTED}; exclusive`),
    ...TimeParameter,
  },
  { additionalProperties: false },
);

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
