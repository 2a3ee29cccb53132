/** Candle intervals in ascending order; each is a multiple of the previous one, so candles roll up. */
export const INTERVALS = ['1s', '1m', '5m', '15m', '30m', '1h', '4h', '1d'] as const;

export type Interval = (typeof INTERVALS)[number];

/** Length of each interval in microseconds, in the order of INTERVALS. */
export const INTERVAL_US: readonly number[] = [1, 60, 300, 900, 1_800, 3_600, 14_400, 86_400].map((seconds) => seconds * 1_000_000);

export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text);
}

/** Length of an interval in microseconds. */
export function intervalUs(interval: Interval): number {
  return INTERVAL_US[INTERVALS.indexOf(interval)]!;
}

/** Open time (us) of the window [open, open + length) that holds a time (us, not negative); windows are aligned to UTC midnight. */
export function openTimeUs(timeUs: number, lengthUs: number): number {
  return timeUs - (timeUs % lengthUs);
}
