import type { TradeMark } from '../../domain/audit.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';

/** The first page of a range of a market's trades at the venue. */
export type FirstPage = (range: TradeRange) => Promise<TradePage>;

/** Trades per request: no venue returns more at once. */
const WINDOW_IDS = 1_000;

/** An id on one side of the time searched for. */
interface Side {
  readonly id: number;
  /** us; null if the venue has no trade there. */
  readonly time: number | null;
}

/**
 * Finds, at a venue with pages by id, the lowest id from which on no trade is older than a time; if all are older, the id after the newest.
 * It requests windows of trades: outwards from the known side until the time is bracketed, then by bisection.
 * @param time us
 * @param below a trade known to be older, or null
 * @param above a trade known not to be older, or null; one of the two is needed
 */
export async function locateById(time: number, below: TradeMark | null, above: TradeMark | null, firstPage: FirstPage): Promise<number> {
  let low: Side = below === null ? { id: 0, time: null } : { id: below.id, time: below.eventTime };
  let high: Side = above === null ? { id: Number.MAX_SAFE_INTEGER, time: null } : { id: above.id, time: above.eventTime };
  /** Step of the next request from the known side; 0 once both sides are known. */
  let outwards = below === null || above === null ? WINDOW_IDS : 0;
  for (let turn = 0; low.id + 1 < high.id; turn++) {
    const middle = outwards === 0 ? between(low, high, time, turn) : below === null ? high.id - outwards : low.id + outwards;
    const firstId = Math.max(middle - WINDOW_IDS / 2, low.id + 1);
    const lastId = Math.min(firstId + WINDOW_IDS - 1, high.id - 1);
    const trades = marksOf(await firstPage({ firstId, lastId, notBefore: 0 }));
    const younger = trades.findIndex(({ eventTime }) => eventTime >= time);
    if (younger > 0) return trades[younger]!.id;
    // An empty window is before the first id or after the last one: the known side tells which.
    const isOld = trades.length > 0 ? younger < 0 : below === null;
    if (isOld) low = trades.length > 0 ? sideOf(trades.at(-1)!) : { id: lastId, time: null };
    else high = trades.length > 0 ? sideOf(trades[0]!) : { id: firstId, time: null };
    outwards = isOld === (below === null) ? 0 : outwards * 2;
  }
  return high.id;
}

/**
 * The same at a venue with pages by time: one page is enough.
 * @returns null if the venue has no trade from then on
 */
export async function locateByTime(time: number, firstPage: FirstPage): Promise<number | null> {
  const trades = marksOf(await firstPage({ firstId: 0, lastId: Number.MAX_SAFE_INTEGER, notBefore: time }));
  return trades.find(({ eventTime }) => eventTime >= time)?.id ?? null;
}

/** Ids at most between what was found and the id that was looked for: a few pages. */
const CLOSE_IDS = 3_000;
const LOOKS_MAX = 60;
const FIRST_STEP_US = 60_000_000;

/**
 * Finds, at a venue with pages by time, a lower bound (us) of the time of an id, a few pages before it at most: from the newest trades
 * back in steps that double, then ever closer.
 * @returns -1 if the venue gives no trade, or none so old
 */
export async function locateTime(id: number, firstPage: FirstPage): Promise<number> {
  const from = async (notBefore: number): Promise<TradeMark[]> =>
    marksOf(await firstPage({ firstId: 0, lastId: Number.MAX_SAFE_INTEGER, notBefore }));
  let high = (await from(0))[0];
  if (high === undefined) return -1;
  if (high.id <= id) return high.eventTime;
  let low: TradeMark | null = null;
  let stepUs = FIRST_STEP_US;
  for (let look = 0; look < LOOKS_MAX && (low === null || id - low.id > CLOSE_IDS); look++) {
    const time: number = low === null ? Math.max(1, high.eventTime - stepUs) : timeBetween(low, high, id, look);
    const page = await from(time);
    const first = page[0];
    if (first === undefined) return -1;
    if (first.id > id) {
      if (low === null && time === 1) return -1;
      // No trade between the two sides could be nearer.
      if (low !== null && first.id >= high.id && time <= low.eventTime + 1) return low.eventTime;
      high = first;
      stepUs *= 2;
      continue;
    }
    const newest: TradeMark = page.findLast((trade) => trade.id <= id)!;
    if (newest.id < page.at(-1)!.id || (low !== null && newest.id <= low.id)) return newest.eventTime;
    low = newest;
  }
  return low?.eventTime ?? -1;
}

/** By the ids of both sides, and in the middle every other time, so that uneven ids cannot slow it down. */
function timeBetween(low: TradeMark, high: TradeMark, id: number, turn: number): number {
  const share = turn % 2 === 1 ? 0.5 : (id - low.id) / (high.id - low.id);
  return Math.floor(low.eventTime + (high.eventTime - low.eventTime) * share);
}

/** Interpolates by the times of both sides, and bisects every other time, so that uneven times cannot slow it down. */
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
