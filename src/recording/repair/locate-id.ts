import type { TradeMark } from '../../domain/audit.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';

/** The first page of a range of a market's trades at the venue. */
export type FirstPage = (range: TradeRange) => Promise<TradePage>;

/** Trades of one look: no venue gives more of them at once. */
const WINDOW_IDS = 1_000;

/** An id on one side of the time that is looked for. */
interface Side {
  readonly id: number;
  /** us; null where the venue has no trade there. */
  readonly time: number | null;
}

/**
 * Finds, at a venue whose pages go by id, the lowest id from which on no trade is older than a time; where all are older, the one after
 * the newest. It looks at windows of trades: outwards from what is known until the time lies between two places, then ever closer.
 *
 * @param time us
 * @param below a trade known to be older, or null
 * @param above one known not to be, or null; one of the two is needed
 */
export async function locateById(time: number, below: TradeMark | null, above: TradeMark | null, firstPage: FirstPage): Promise<number> {
  let low: Side = below === null ? { id: 0, time: null } : { id: below.id, time: below.eventTime };
  let high: Side = above === null ? { id: Number.MAX_SAFE_INTEGER, time: null } : { id: above.id, time: above.eventTime };
  /** How far the next look goes from the side that is known; 0 once both are. */
  let outwards = below === null || above === null ? WINDOW_IDS : 0;
  for (let turn = 0; low.id + 1 < high.id; turn++) {
    const middle = outwards === 0 ? between(low, high, time, turn) : below === null ? high.id - outwards : low.id + outwards;
    const firstId = Math.max(middle - WINDOW_IDS / 2, low.id + 1);
    const lastId = Math.min(firstId + WINDOW_IDS - 1, high.id - 1);
    const trades = marksOf(await firstPage({ firstId, lastId, notBefore: 0 }));
    const younger = trades.findIndex(({ eventTime }) => eventTime >= time);
    if (younger > 0) return trades[younger]!.id;
    // Where there is nothing, the ids have not begun, or have ended: which of the two, the side says that is known.
    const isOld = trades.length > 0 ? younger < 0 : below === null;
    if (isOld) low = trades.length > 0 ? sideOf(trades.at(-1)!) : { id: lastId, time: null };
    else high = trades.length > 0 ? sideOf(trades[0]!) : { id: firstId, time: null };
    outwards = isOld === (below === null) ? 0 : outwards * 2;
  }
  return high.id;
}

/**
 * The same at a venue whose pages begin at a time: one page tells.
 * @returns null where the venue has no trade from then on
 */
export async function locateByTime(time: number, firstPage: FirstPage): Promise<number | null> {
  const trades = marksOf(await firstPage({ firstId: 0, lastId: Number.MAX_SAFE_INTEGER, notBefore: time }));
  return trades.find(({ eventTime }) => eventTime >= time)?.id ?? null;
}

/** By the times at both sides, and in the middle every other turn, so that uneven times cannot make it crawl. */
function between(low: Side, high: Side, time: number, turn: number): number {
  const share = low.time === null || high.time === null || turn % 2 === 1 ? 0.5 : (time - low.time) / (high.time - low.time);
  return Math.floor(low.id + (high.id - low.id) * share);
}

function marksOf({ trades }: TradePage): TradeMark[] {
  const marks = Array.from({ length: trades.length }, (_, row) => ({ id: trades.id[row]!, eventTime: trades.eventTime[row]! }));
  return marks.sort((a, b) => a.id - b.id);
}

function sideOf({ id, eventTime }: TradeMark): Side {
  return { id, time: eventTime };
}
