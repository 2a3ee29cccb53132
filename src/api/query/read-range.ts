import { LATEST_US, parseTimeUs, TIME_EXPECTED } from '../../codec/json/parse-time.js';
import type { TimeFormat } from '../../codec/json/time-format.js';
import type { TimeRange } from '../../domain/ports.js';
import { parameterError } from '../errors/parameter-error.js';

interface RangeQuery {
  readonly from?: string;
  readonly to?: string;
  readonly time: TimeFormat;
}

/** Reads the half-open range [from, to); what is not named does not bound. */
export function readRange(query: RangeQuery): TimeRange {
  const from = bound('from', query.from, query.time) ?? 0;
  const to = bound('to', query.to, query.time) ?? LATEST_US;
  if (to < from) throw parameterError('to', query.to, 'a time that is not before from');
  return { from, to };
}

function bound(parameter: string, text: string | undefined, time: TimeFormat): number | undefined {
  if (text === undefined) return undefined;
  const us = parseTimeUs(text, time);
  if (us === undefined) throw parameterError(parameter, text, TIME_EXPECTED);
  return us;
}
