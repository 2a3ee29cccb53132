/** `unrepairable`: the venue does not have all of its trades. */
export const GAP_STATES = ['open', 'closed', 'unrepairable'] as const;
export type GapState = (typeof GAP_STATES)[number];

/** Why ids are missing. */
export type GapReason = 'missed' | 'down' | 'shed' | 'rejected' | 'refused' | 'set_aside' | 'damaged';

/** The latest state of a range of ids of which some are or were missing; a market has at most one gap per first id. */
export interface Gap {
  readonly exchange: string;
  readonly symbol: string;
  readonly first: number;
  /** null: its end is not known yet. */
  readonly last: number | null;
  readonly reason: GapReason;
  readonly state: GapState;
  /** us since the epoch. */
  readonly openedAt: number;
  /** us since the epoch; null until it is closed. */
  readonly closedAt: number | null;
}

/** Position of a gap in the list of all gaps: by exchange, symbol and first id. */
export type GapPosition = Pick<Gap, 'exchange' | 'symbol' | 'first'>;

export interface GapQuery {
  readonly exchange?: string;
  readonly symbol?: string;
  readonly states: readonly GapState[];
  /** Only gaps after this one, for paging. */
  readonly after?: GapPosition;
  readonly limit: number;
}

/** Returns gaps in the order of their positions: from memory and from the store. */
export interface GapsView {
  gaps(query: GapQuery, signal?: AbortSignal): Promise<Gap[]>;
}

/** Negative if the first comes before the second in the list of all gaps. */
export function compareGaps(a: GapPosition, b: GapPosition): number {
  return compareTexts(a.exchange, b.exchange) || compareTexts(a.symbol, b.symbol) || a.first - b.first;
}

/** Compares by code point, as the store does. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
