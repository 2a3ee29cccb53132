import type { FeedReport } from '../actors/feed-actor.js';
import type { RestTrouble } from '../sources/rest/rest-client.js';
import type { IdRange } from '../domain/id-intervals.js';
import type { FeedStatus } from '../domain/ports.js';

/**
 * How a feed does: what its actor reports, and what its recorder knows of its ids.
 * @param repair why the venue cannot be asked for what is missing
 */
export function feedStatus(report: FeedReport, repair: RestTrouble | null, holes: readonly IdRange[], unacknowledged: number): FeedStatus {
  const { exchange, symbol, tier, connection, continuity, degradation, since, suspension, trouble, connectionId } = report;
  return {
    ...{ exchange, symbol, tier, connection, continuity, degradation, holes, unacknowledged },
    since: { connection: us(since.connection), continuity: us(since.continuity), degradation: us(since.degradation) },
    suspension: suspension && {
      ...{ kind: suspension.kind, reason: suspension.reason },
      until: suspension.untilMs === null ? null : us(suspension.untilMs),
    },
    trouble: trouble && { cause: trouble.cause, reason: trouble.reason, since: us(trouble.sinceMs) },
    repairTrouble: repair && {
      reason: repair.reason,
      since: us(repair.sinceMs),
      until: repair.untilMs === null ? null : us(repair.untilMs),
    },
    ...{ trades: report.trades, lastTradeId: report.lastTradeId, lastEventTime: report.lastEventTime },
    connectionId: connectionId === null ? null : String(connectionId),
  };
}

function us(ms: number): number {
  return Math.round(ms * 1_000);
}
