import type { Audit, TradeMark } from '../../domain/audit.js';
import type { IdRange } from '../../domain/id-intervals.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import type { FeedId } from '../../domain/symbol.js';
import { formatUs, type JsonTime, type TimeFormat } from './time.js';

interface MarkJson {
  trade_id: string;
  event_time: JsonTime;
}

interface RangeJson {
  first_id: string;
  last_id: string;
}

/** An audit in public form. Counts are of ids; `present + empty + rejected + missing = expected`. */
export interface AuditJson {
  exchange: string;
  symbol: string;
  from: JsonTime;
  to: JsonTime;
  before: MarkJson | null;
  after: MarkJson | null;
  expected: number | null;
  present: number;
  empty: number;
  rejected: number;
  missing: number;
  proven: boolean;
  doubts: string[];
  missing_ranges: (RangeJson & { reason: string | null; state: string | null; opened_at: JsonTime | null })[];
  rejected_ranges: RangeJson[];
  empty_ranges: RangeJson[];
}

/** @param rangesMax most ranges per list; the counts cover all */
export function auditJson(market: FeedId, range: TimeRange, audit: Audit, timeFormat: TimeFormat, rangesMax: number): AuditJson {
  const time = (us: number): JsonTime => formatUs(us, 6, timeFormat);
  const mark = (trade: TradeMark | null): MarkJson | null => trade && { trade_id: String(trade.id), event_time: time(trade.eventTime) };
  const missing = audit.missing.slice(0, rangesMax).map(({ first, last, gap }) => ({
    ...rangeJson([first, last]),
    ...{ reason: gap?.reason ?? null, state: gap?.state ?? null, opened_at: gap === null ? null : time(gap.openedAt) },
  }));
  return {
    ...{ exchange: market.exchange, symbol: market.symbol, from: time(range.from), to: time(range.to) },
    ...{ before: mark(audit.before), after: mark(audit.after), expected: audit.expected, present: audit.present },
    ...{
      empty: count(audit.empty),
      rejected: count(audit.rejected),
      missing: count(audit.missing.map(({ first, last }) => [first, last])),
    },
    ...{ proven: audit.proven, doubts: [...audit.doubts], missing_ranges: missing },
    rejected_ranges: audit.rejected.slice(0, rangesMax).map(rangeJson),
    empty_ranges: audit.empty.slice(0, rangesMax).map(rangeJson),
  };
}

function rangeJson([first, last]: IdRange): RangeJson {
  return { first_id: String(first), last_id: String(last) };
}

function count(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
