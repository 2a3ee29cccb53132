/** Longest time that a venue's Retry-After is followed: the longest ban that a venue announces is some days, and asking once a day harms nobody. */
const RETRY_AFTER_MAX_MS = 86_400_000;

/** Reads a Retry-After header, seconds or an HTTP date, at most a day; null where there is none or it makes no sense. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined || header.trim() === '') return null;
  const seconds = Number(header);
  if (!Number.isNaN(seconds)) return seconds >= 0 ? Math.min(seconds * 1_000, RETRY_AFTER_MAX_MS) : null;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - nowMs), RETRY_AFTER_MAX_MS);
}

/** What a venue asked for and what is done, in words; '' where it asked for nothing. */
export function retryAfterWords(header: string | undefined, appliedMs: number | null): string {
  if (header === undefined) return '';
  const asked = `it says Retry-After: ${header.slice(0, 64)}`;
  if (appliedMs === null) return `${asked}, which makes no sense`;
  return `${asked}; waits ${Math.ceil(appliedMs / 1_000)} s${appliedMs === RETRY_AFTER_MAX_MS ? ', the most that it ever does' : ''}`;
}
