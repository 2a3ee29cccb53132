import type { Gap } from '../../domain/gap.js';
import { formatUs, type JsonTime, type TimeFormat } from './time.js';

export const GAP_FIELDS = ['exchange', 'symbol', 'first_id', 'last_id', 'reason', 'state', 'opened_at', 'closed_at'] as const;

/** A gap in public form, as `serac gaps --json` prints it. */
export interface GapJson {
  exchange: string;
  symbol: string;
  first_id: string;
  /** null: its end is not known yet. */
  last_id: string | null;
  reason: string;
  state: string;
  opened_at: JsonTime;
  closed_at: JsonTime | null;
}

export function gapJson({ exchange, symbol, first, last, reason, state, openedAt, closedAt }: Gap, timeFormat: TimeFormat): GapJson {
  return {
    ...{ exchange, symbol, first_id: String(first), last_id: last === null ? null : String(last), reason, state },
    opened_at: formatUs(openedAt, 6, timeFormat),
    closed_at: closedAt === null ? null : formatUs(closedAt, 6, timeFormat),
  };
}
