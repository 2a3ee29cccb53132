import { Type } from 'typebox';
import { GAP_FIELDS, type GapJson, gapJson } from '../../codec/json/gap-json.js';
import { type Gap, GAP_STATES, type GapPosition, type GapQuery, type GapState, type GapsView } from '../../domain/gap.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { assertKnownMarket } from '../pages/assert-known-market.js';
import { badCursor, decodeCursor, encodeCursor } from '../query/cursor.js';
import { checkMarketFilter, readMarket } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, PageOf, tableResponses } from '../schemas/common.js';
import { pageParameters, text, TimeParameter } from '../schemas/query.js';
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

interface GapPageRequest {
  readonly exchange?: string;
  readonly symbol?: string;
  /** Default: all that are not closed. */
  readonly state?: GapState | 'all';
  readonly limit: number;
  readonly cursor?: string;
}

interface GapPage {
  readonly gaps: readonly Gap[];
  readonly next: string | null;
}

const NOT_CLOSED = GAP_STATES.filter((state) => state !== 'closed');

/** Reads one page of gaps, by exchange, symbol and first id. */
async function gapPage(view: GapsView, request: GapPageRequest, signal?: AbortSignal): Promise<GapPage> {
  const { exchange, symbol, state, limit, cursor } = request;
  const scope = `gaps ${exchange ?? '*'} ${symbol ?? '*'} ${state ?? ''}`;
  const query: GapQuery = {
    ...(exchange === undefined ? {} : { exchange }),
    ...(symbol === undefined ? {} : { symbol }),
    states: state === undefined ? NOT_CLOSED : state === 'all' ? GAP_STATES : [state],
    ...(cursor === undefined ? {} : { after: readPosition(scope, cursor) }),
    // One extra row shows whether there is another page.
    limit: limit + 1,
  };
  const found = await view.gaps(query, signal);
  const gaps = found.slice(0, limit);
  const last = gaps.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { gaps, next: hasMore ? encodeCursor(scope, [last.exchange, last.symbol, last.first]) : null };
}

const NAME = /^[A-Za-z0-9-]{1,64}$/;

function readPosition(scope: string, cursor: string): GapPosition {
  const [exchange, symbol, first] = decodeCursor(scope, cursor);
  if (!isName(exchange) || !isName(symbol) || !Number.isSafeInteger(first) || (first as number) < 0) throw badCursor(cursor);
  return { exchange, symbol, first: first as number };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
