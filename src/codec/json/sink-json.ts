import type { SinkStatus } from '../../domain/ports/status.js';
import { formatUs, type JsonTime, type TimeFormat } from './time.js';

/** Status of one sink in public form. */
export interface SinkJson {
  name: string;
  state: string;
  ok: boolean;
  detail: string;
  batches: number;
  rows: number;
  retries: number;
  refusals: number;
  made: { rows: number; bytes: number; age: number };
  queued: { batches: number; bytes: number; fill: number };
  oldest_unacknowledged_ms: number;
  last_error: { reason: string; at: JsonTime } | null;
  kept: { unwritten: number; refused: number; set_aside: number };
}

export function sinkJson(sink: SinkStatus, timeFormat: TimeFormat): SinkJson {
  const { name, state, ok, detail, batches, rows, retries, refusals, made, queued, lastError, kept } = sink;
  return {
    ...{ name, state, ok, detail, batches, rows, retries, refusals, made: { ...made }, queued: { ...queued } },
    oldest_unacknowledged_ms: Math.round(sink.oldestUnacknowledgedMs),
    last_error: lastError && { reason: lastError.reason, at: formatUs(lastError.at, 6, timeFormat) },
    kept: { unwritten: kept.unwritten, refused: kept.refused, set_aside: kept.setAside },
  };
}
