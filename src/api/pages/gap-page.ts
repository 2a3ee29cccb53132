import { GAP_STATES, type GapPosition, type GapQuery, type GapState, type GapsView, type Gap } from '../../domain/gap.js';
import { badCursor, decodeCursor, encodeCursor } from '../query/cursor.js';

export interface GapPageRequest {
  readonly exchange?: string;
  readonly symbol?: string;
  /** Default: all that are not closed. */
  readonly state?: GapState | 'all';
  readonly limit: number;
  readonly cursor?: string;
}

export interface GapPage {
  readonly gaps: readonly Gap[];
  readonly next: string | null;
}

const NOT_CLOSED = GAP_STATES.filter((state) => state !== 'closed');

/** Reads one page of gaps, by exchange, symbol and first id. */
export async function gapPage(view: GapsView, request: GapPageRequest, signal?: AbortSignal): Promise<GapPage> {
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
