/** How times are written in JSON and CSV: RFC 3339 in UTC, or integers since 1970 in a unit. */
export const TIME_FORMATS = ['rfc3339', 's', 'ms', 'us', 'ns'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** A time as written: text, or a number where a double holds each value exactly. Nanoseconds since 1970 pass 2^53, so they are text. */
export type JsonTime = string | number;
