import type { RecorderCounters } from '../../recording/recorder/recorder-counters.js';
import type { StoredCounts } from '../../store/queries/audit-store.js';
import type { CapturesRead } from './read-captures.js';

/** What `serac replay` says at its end. */
export interface ReplaySummary extends StoredCounts {
  readonly ok: boolean;
  readonly files: number;
  /** Files that could be read up to that byte alone. */
  readonly endedEarly: CapturesRead['endedEarly'];
  /** The signal that ended it, and the file that it had come to. */
  readonly stopped: CapturesRead['stopped'];
  /** Why no trade could be read; null where one was. */
  readonly reason: string | null;
  /** Distinct readable trades. */
  readonly trades: number;
  /** Trades stored by this replay: the others were stored already. */
  readonly added: number;
  readonly repeated: number;
  readonly missing: number;
  /** Trades that were stored before and are not any more, and that the captures do not hold. */
  readonly lost: number;
  readonly rejects: number;
  readonly rejectReasons: Record<string, number>;
  readonly gaps: number;
  readonly candles: number;
  readonly candleMismatches: number;
  readonly symbols: readonly string[];
  readonly seconds: number;
  readonly tradesPerSecond: number;
}

interface Replayed extends Pick<
  ReplaySummary,
  'files' | 'trades' | 'lost' | 'gaps' | 'candles' | 'candleMismatches' | 'symbols' | 'seconds'
> {
  readonly venue: string;
  readonly read: CapturesRead;
  readonly counters: RecorderCounters;
  readonly counts: StoredCounts;
}

export function summarize({ venue, read, counters, counts, ...replayed }: Replayed): ReplaySummary {
  const { files, trades, lost, gaps, candles, candleMismatches, symbols, seconds } = replayed;
  const { badLines, endedEarly, stopped } = read;
  const rejectReasons = Object.fromEntries(counters.rejects);
  if (badLines > 0) rejectReasons['malformed_line'] = badLines;
  const rejects = Object.values(rejectReasons).reduce((sum, count) => sum + count, 0);
  // Without a readable trade the result is not OK.
  const ok =
    trades > 0 &&
    endedEarly.length === 0 &&
    stopped === null &&
    counts.stored === trades &&
    counts.duplicates === 0 &&
    candleMismatches === 0 &&
    counters.candleOverflows === 0;
  return {
    ...{
      ok,
      files,
      endedEarly,
      stopped,
      reason: trades > 0 ? null : whyNone(venue, read, counters),
      trades,
      added: counters.accepted,
      repeated: counters.repeated,
    },
    ...{ missing: trades - counts.stored, lost, ...counts, rejects, rejectReasons, gaps, candles, candleMismatches },
    symbols,
    seconds: Number(seconds.toFixed(3)),
    tradesPerSecond: Math.round(counters.decoded / seconds),
  };
}

export function describe(summary: ReplaySummary): string {
  const { trades, added, stored, missing, duplicates, gaps, rejects, candles, candleMismatches, seconds, tradesPerSecond, symbols } =
    summary;
  return [
    `${summary.ok ? 'OK' : 'FAILED'}: ${trades} trades of ${symbols.join(', ') || 'no market'}, ${added} new; ${stored} stored, ${missing} missing, ${duplicates} duplicates.`,
    ...unread(summary),
    `${gaps} gaps in the ids, ${rejects} rejects. ${candles} candles compared with a second fold, ${candleMismatches} differ.`,
    `${seconds} s, ${tradesPerSecond} trades/s.`,
    ...(summary.lost > 0
      ? [`${summary.lost} trades that were stored before are gone, and not in these files: serac gaps lists them.`]
      : []),
    '',
  ].join('\n');
}

/** What was not read, and why. */
function unread({ endedEarly, stopped, reason }: ReplaySummary): string[] {
  const lines = endedEarly.map(
    ({ file, byte, reason }) => `${file} ended early, at byte ${byte}: ${reason}. What can be read of it is counted here.`,
  );
  if (stopped !== null) lines.push(`Stopped by ${stopped.signal} in ${stopped.file}: what was read until then is counted here.`);
  if (reason !== null) lines.push(reason);
  return lines;
}

/** Why no trade could be read. */
function whyNone(venue: string, { badLines, stopped }: CapturesRead, { ignoredFrames, rejects }: RecorderCounters): string | null {
  if (stopped !== null) return null;
  const frames = ignoredFrames + [...rejects.values()].reduce((sum, count) => sum + count, 0);
  if (frames > 0) return `None of ${frames} frames is a trade in the form of ${venue}: name the venue that they come from with --venue.`;
  if (badLines > 0) return `None of ${badLines} lines is a frame: each has to be <receive_time_ns> <json>.`;
  return 'The files hold no frames.';
}
