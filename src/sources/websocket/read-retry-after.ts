/**
 * Longest Retry-After that is followed: the longest announced ban of a venue is some days, and one request a day costs the venue nothing.
 */
const RETRY_AFTER_MAX_MS = 86_400_000;

const CLOCK_TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`;
/** An HTTP date in its current and obsolete forms: 06 Nov 1994, 06-Nov-94 and Nov  6 1994, all in GMT. */
const HTTP_DATES: readonly RegExp[] = [
  new RegExp(String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${CLOCK_TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2,5}day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${CLOCK_TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${CLOCK_TIME} (?<year>\d{4})$`),
];
/** A two-digit year further ahead than this is in the past. */
const YEARS_AHEAD_MAX = 50;

/** Reads a Retry-After header, whole seconds or an HTTP date, at most a day; null if it is absent or invalid. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_MAX_MS);
  const dateMs = readHttpDate(text, nowMs);
  return Number.isNaN(dateMs) ? null : Math.min(Math.max(0, dateMs - nowMs), RETRY_AFTER_MAX_MS);
}

/** NaN if it is not a date: Date.parse alone finds a date in almost any text. */
function readHttpDate(text: string, nowMs: number): number {
  for (const form of HTTP_DATES) {
    const { day, month, year, time } = form.exec(text)?.groups ?? {};
    if (year === undefined) continue;
    return Date.parse(`${day} ${month} ${year.length === 2 ? fullYear(Number(year), nowMs) : year} ${time} GMT`);
  }
  return NaN;
}

function fullYear(ofCentury: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + ofCentury;
  return year > thisYear + YEARS_AHEAD_MAX ? year - 100 : year;
}

/** What a venue requested and what is applied, as a clause; '' without a Retry-After. */
export function retryAfterWords(header: string | undefined, appliedMs: number | null): string {
  if (header === undefined) return '';
  const asked = `it says Retry-After: ${header.slice(0, 64)}`;
  if (appliedMs === null) return `${asked}, which is invalid`;
  return `${asked}; waits ${Math.ceil(appliedMs / 1_000)} s${appliedMs === RETRY_AFTER_MAX_MS ? ', the maximum' : ''}`;
}
