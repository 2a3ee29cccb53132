/** `unrepairable`: the venue did not give all of it. */
export const GAP_STATES = ['open', 'closed', 'unrepairable'] as const;
export type GapState = (typeof GAP_STATES)[number];

/** Why ids are missing. */
export type GapReason = 'missed' | 'down' | 'shed' | 'refused' | 'damaged';

/** The newest word on a range of ids of which some are, or were, missing: one for each first id of a market. */
export interface Gap {
  readonly exchange: string;
  readonly symbol: string;
  readonly first: number;
  /** null: nobody knows yet where it ends. */
  readonly last: number | null;
  readonly reason: GapReason;
  readonly state: GapState;
  /** us since the epoch. */
  readonly openedAt: number;
  /** us since the epoch; null while it is not closed. */
  readonly closedAt: number | null;
}

/** A gap's place in the list of all: by exchange, symbol and first id. */
export type GapPosition = Pick<Gap, 'exchange' | 'symbol' | 'first'>;

export interface GapQuery {
  readonly exchange?: string;
  readonly symbol?: string;
  readonly states: readonly GapState[];
  /** Only gaps after this one, for paging. */
  readonly after?: GapPosition;
  readonly limit: number;
}

/** Answers with gaps in the order of their positions: what the daemon knows now, then what is stored. */
export interface GapsView {
  gaps(query: GapQuery, signal?: AbortSignal): Promise<Gap[]>;
}

/** Below zero: the first comes before the second in the list of all gaps. */
export function compareGaps(a: GapPosition, b: GapPosition): number {
  return compareTexts(a.exchange, b.exchange) || compareTexts(a.symbol, b.symbol) || a.first - b.first;
}

/** By code point, as the store compares. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
