import { ORIGIN, TradeBlock } from '../../domain/trade-block.js';
import { isMarketTime } from '../../domain/venue-clock.js';
import type { PageContext, TradePage } from '../venue.js';
import { Refusal } from './general-trade.js';
import { inOrder, type ReadTrade, type RefusedTrade } from './read-trade.js';
import { REJECT_RAW_MAX, TradeWriter } from './trade-writer.js';

/** A trade of the past is not from a later day than ours, even by a clock that is wrong by hours. */
const AHEAD_MAX_US = 86_400_000_000;

/** A row of a page as read. */
export interface PageRow {
  readonly trade: ReadTrade | RefusedTrade;
  /** The row as text, made only if it is rejected. */
  readonly raw: () => string;
}

/**
 * Makes a page of backfilled rows: those of the range in ascending order of ids, and separately the ids without a trade. Rows outside the
 * range are dropped: a trade that a live connection is about to deliver must not be marked as backfilled.
 * @param next the next cursor, given the lowest and the highest id of all rows
 */
export function tradePage(
  rows: readonly PageRow[],
  { range, symbols, receiveTime }: PageContext,
  next: (lowest: number, highest: number) => string | null,
): TradePage {
  const raws = new Map(rows.map(({ trade, raw }) => [trade, raw]));
  const nowUs = Number(receiveTime / 1_000n);
  const latest = isMarketTime(nowUs) ? nowUs + AHEAD_MAX_US : Infinity;
  const writer = new TradeWriter(new TradeBlock(symbols, 0, rows.length));
  let lowest = Infinity;
  let highest = -Infinity;
  for (const trade of inOrder([...raws.keys()], false)) {
    if (trade.id !== undefined) {
      lowest = Math.min(lowest, trade.id);
      highest = Math.max(highest, trade.id);
      if (trade.id < range.firstId || trade.id > range.lastId) continue;
    }
    const arrival = { origin: ORIGIN.backfill, sequence: -1, receiveTime, raw: () => raws.get(trade)!().slice(0, REJECT_RAW_MAX) };
    if (trade.kind === 'refused') writer.refuse(trade, trade.refusal, arrival);
    else if (isMarketTime(trade.time) && trade.time <= latest) writer.write(trade, arrival);
    else writer.refuse(trade, new Refusal('absurd_time', `event time ${trade.time} us`), arrival);
  }
  const { trades, empties, rejects } = writer;
  return { trades, empties, rejects, next: lowest > highest ? null : next(lowest, highest) };
}
