import type { FeedStatus } from '../domain/ports/status.js';

/** Feeds, and reasons, that are named. */
const NAMED_MAX = 5;

/** Whether each feed is live, or paused on request; with the names of those that are not, and why. */
export function feedsHealth(feeds: readonly FeedStatus[]): { readonly ok: boolean; readonly detail: string } {
  const notLive = feeds.filter(({ connection }) => connection !== 'live' && connection !== 'rollingOver');
  const missed = notLive.filter(({ suspension }) => suspension?.kind !== 'paused');
  const live = feeds.length - notLive.length;
  const paused = notLive.length - missed.length;
  const parts = [`${live} of ${feeds.length} live`];
  if (paused > 0) parts.push(`${paused} paused`);
  return { ok: missed.length === 0, detail: [...parts, ...namesOf(missed), ...troublesOf(feeds)].join(', ') };
}

function namesOf(missed: readonly FeedStatus[]): string[] {
  const names = missed.slice(0, NAMED_MAX).map(({ exchange, symbol, connection, suspension }) => {
    const why = suspension === null ? connection : `${suspension.kind}: ${suspension.reason}`;
    return `${exchange}:${symbol} (${why})`;
  });
  return missed.length > NAMED_MAX ? [...names, `${missed.length - NAMED_MAX} more`] : names;
}

/** Why feeds are not connected: feeds of one venue share the cause. */
function troublesOf(feeds: readonly FeedStatus[]): string[] {
  const reasons = feeds.flatMap(({ exchange, trouble }) => (trouble === null ? [] : [`${exchange}: ${trouble.reason}`]));
  return [...new Set(reasons)].slice(0, NAMED_MAX);
}
