import type { FeedStep } from '../../domain/feed-history.js';
import type { FeedStatus } from '../../domain/ports/status.js';
import { formatUs, type JsonTime, type TimeFormat } from './time.js';

/** Status of one feed in public form. */
export interface FeedJson {
  exchange: string;
  symbol: string;
  tier: number;
  connection: string;
  continuity: string;
  degradation: string;
  since: { connection: JsonTime; continuity: JsonTime; degradation: JsonTime };
  suspension: { kind: string; reason: string; until: JsonTime | null } | null;
  /** Why it is not connected, and since when. */
  trouble: { cause: string; reason: string; since: JsonTime } | null;
  /** Why gaps cannot be backfilled, since when, and until when no request is sent. */
  repair_trouble: { reason: string; since: JsonTime; until: JsonTime | null } | null;
  connection_id: string | null;
  trades: number;
  last_trade_id: string | null;
  last_event_time: JsonTime | null;
  /** Ids known to be missing, both ends included. */
  holes: { first_trade_id: string; last_trade_id: string }[];
  unacknowledged: number;
}

export function feedJson(feed: FeedStatus, timeFormat: TimeFormat): FeedJson {
  const { since, suspension, trouble, repairTrouble } = feed;
  const time = (us: number): JsonTime => formatUs(us, 6, timeFormat);
  return {
    exchange: feed.exchange,
    symbol: feed.symbol,
    tier: feed.tier,
    connection: feed.connection,
    continuity: feed.continuity,
    degradation: feed.degradation,
    since: { connection: time(since.connection), continuity: time(since.continuity), degradation: time(since.degradation) },
    suspension: suspension && { ...suspension, until: suspension.until === null ? null : time(suspension.until) },
    trouble: trouble && { ...trouble, since: time(trouble.since) },
    repair_trouble: repairTrouble && {
      reason: repairTrouble.reason,
      since: time(repairTrouble.since),
      until: repairTrouble.until === null ? null : time(repairTrouble.until),
    },
    connection_id: feed.connectionId,
    trades: feed.trades,
    last_trade_id: feed.lastTradeId,
    last_event_time: feed.lastEventTime === null ? null : time(feed.lastEventTime),
    holes: feed.holes.map(([first, last]) => ({ first_trade_id: String(first), last_trade_id: String(last) })),
    unacknowledged: feed.unacknowledged,
  };
}

/** A transition of a feed's machine in public form. */
export interface FeedStepJson {
  at: JsonTime;
  region: string;
  event: string;
  from: string;
  to: string;
  changed: Record<string, unknown[]>;
  guards: string[];
}

export function feedStepJson({ at, region, event, from, to, changed, guards }: FeedStep, timeFormat: TimeFormat): FeedStepJson {
  return {
    ...{ at: formatUs(at, 6, timeFormat), region, event, from, to, guards: [...guards] },
    changed: Object.fromEntries(Object.entries(changed).map(([name, values]) => [name, [...values]])),
  };
}
