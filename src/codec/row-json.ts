import type { IdRange } from '../domain/id-intervals.js';
import type { Checkpoint } from '../domain/ports.js';
import type { Reject } from '../domain/reject.js';
import { formatNs, formatUs } from './json/format-time.js';

/** A row of the table `rejects`. */
export function rejectRow(reject: Reject, nowUs: number): object {
  return {
    at: formatUs(nowUs, 6, 'rfc3339'),
    receive_time: formatNs(reject.receiveTime, 9, 'rfc3339'),
    exchange: reject.exchange,
    symbol: reject.symbol,
    reason: reject.reason,
    detail: reject.detail,
    raw: reject.raw,
    connection_id: String(reject.connectionId),
  };
}

/** A row of the table `checkpoints`. */
export function checkpointRow(checkpoint: Checkpoint, nowUs: number): object {
  return {
    exchange: checkpoint.exchange,
    symbol: checkpoint.symbol,
    covered: checkpoint.covered.map(pair),
    empty: checkpoint.empty.map(pair),
    rejected: checkpoint.rejected.map(pair),
    last_event_time: formatUs(Math.max(checkpoint.lastEventTime, 0), 6, 'rfc3339'),
    clean: checkpoint.clean,
    saved_at: formatUs(nowUs, 6, 'rfc3339'),
  };
}

function pair([first, last]: IdRange): [string, string] {
  return [String(first), String(last)];
}
