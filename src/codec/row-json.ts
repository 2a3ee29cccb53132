import type { IdRange } from '../domain/id-intervals.js';
import type { Checkpoint } from '../domain/ports/recording-store.js';
import type { Reject } from '../domain/reject.js';
import type { Instrument } from '../domain/symbol.js';
import { formatNs, formatUs } from './json/time.js';

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

/** A row of the table `checkpoints`. @param stamp us: of the rows of a market the newest one counts */
export function checkpointRow(checkpoint: Checkpoint, stamp: number): object {
  return {
    exchange: checkpoint.exchange,
    symbol: checkpoint.symbol,
    covered: checkpoint.covered.map(pair),
    empty: checkpoint.empty.map(pair),
    rejected: checkpoint.rejected.map(pair),
    last_event_time: formatUs(Math.max(checkpoint.lastEventTime, 0), 6, 'rfc3339'),
    clean: checkpoint.clean,
    saved_at: formatUs(stamp, 6, 'rfc3339'),
  };
}

function pair([first, last]: IdRange): [string, string] {
  return [String(first), String(last)];
}

/** A row of the table `gaps`. @param stamp us: the later state of a gap has the higher one */
export function gapRow(
  gap: {
    readonly exchange: string;
    readonly symbol: string;
    readonly first: number;
    /** null: open-ended, the last id is not known yet. */
    readonly last: number | null;
    readonly openedAt: number;
    readonly reason: string;
    readonly state: string;
    readonly closedAt: number | null;
  },
  stamp: number,
): object {
  return {
    exchange: gap.exchange,
    symbol: gap.symbol,
    first_id: String(gap.first),
    last_id: gap.last === null ? null : String(gap.last),
    opened_at: formatUs(gap.openedAt, 6, 'rfc3339'),
    reason: gap.reason,
    state: gap.state,
    closed_at: gap.closedAt === null ? null : formatUs(gap.closedAt, 6, 'rfc3339'),
    version: String(stamp),
  };
}

/** A row of the table `instruments`. @param stamp us: of the rows of an instrument the newest one counts */
export function instrumentRow(instrument: Instrument, stamp: number): object {
  return {
    exchange: instrument.exchange,
    symbol: instrument.symbol,
    venue_symbol: instrument.venueSymbol,
    asset_class: instrument.assetClass,
    base: instrument.base,
    quote: instrument.quote,
    tick_size: instrument.tickSize,
    lot_size: instrument.lotSize,
    updated_at: formatUs(stamp, 6, 'rfc3339'),
  };
}
