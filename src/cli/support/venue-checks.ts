import type { VenueAccess } from '../../daemon/venue-access.js';
import { messageOf } from '../../errors.js';
import type { Venue } from '../../exchanges/venue.js';
import type { Dial, DialEnd } from '../../sources/websocket/dial.js';

/** One result of `serac doctor`. */
export interface Check {
  readonly name: string;
  /** false: Serac will not work; null: a warning. */
  readonly ok: boolean | null;
  readonly detail: string;
}

const TIMEOUT_MS = 5_000;
const BODY_MAX_BYTES = 4 * 1_048_576;
/** A larger clock difference is a warning. */
const SKEW_MAX_MS = 1_000;
/** The header Date has whole seconds: on average it is this much too early. */
const DATE_EARLY_MS = 500;

export interface VenueToCheck extends VenueAccess {
  readonly venue: Venue;
  readonly hosts: { readonly ws: readonly string[]; readonly rest: readonly string[] };
  /** One of its markets, by the venue's name. */
  readonly venueSymbol: string;
}

/** Checks whether a venue can be reached for trades and for backfill, and whether this machine's clock agrees with the venue's. */
export async function checkVenue(to: VenueToCheck): Promise<Check[]> {
  const [sockets, rest] = await Promise.all([checkSockets(to), checkRest(to)]);
  return [sockets, ...rest];
}

async function checkSockets({ venue, hosts, dial }: VenueToCheck): Promise<Check> {
  const name = `${venue.name} trades`;
  const failures: string[] = [];
  for (const host of hosts.ws) {
    const began = performance.now();
    const end = await connect(dial, host + venue.streamPath);
    if (end === null) return { name, ok: true, detail: `connected to ${host} in ${Math.round(performance.now() - began)} ms` };
    failures.push(`${host}: ${end.kind === 'refused' ? `refused with status ${end.status}` : end.reason}`);
  }
  return { name, ok: false, detail: `cannot connect from this machine (${failures.join('; ')})` };
}

/** null if the connection was made; it is closed again. */
function connect(dial: Dial, url: string): Promise<DialEnd | null> {
  return new Promise((resolve) => {
    const connection = dial(url, {
      onOpen: () => {
        resolve(null);
        connection.terminate();
      },
      onFrame: () => undefined,
      onSignOfLife: () => undefined,
      onEnd: resolve,
    });
  });
}

async function checkRest({ venue, hosts, venueSymbol, fetch, restHeaders }: VenueToCheck): Promise<Check[]> {
  const name = `${venue.name} repair`;
  const { path } = venue.rest.trades(venueSymbol, { firstId: 1, lastId: 1, notBefore: 0 }, null);
  const failures: string[] = [];
  for (const host of hosts.rest) {
    const [beganMs, began] = [Date.now(), performance.now()];
    try {
      const { status, date } = await fetch(host + path, { timeoutMs: TIMEOUT_MS, bodyMaxBytes: BODY_MAX_BYTES, headers: restHeaders });
      const tookMs = performance.now() - began;
      if (status >= 200 && status < 300) {
        const detail = `${host} answered ${status} after ${Math.round(tookMs)} ms`;
        return [{ name, ok: true, detail }, ...checkClock(venue.name, date, beganMs + tookMs / 2, tookMs)];
      }
      failures.push(`${host}: status ${status}`);
    } catch (error) {
      failures.push(`${host}: ${messageOf(error)}`);
    }
  }
  return [{ name, ok: false, detail: `REST does not answer from this machine (${failures.join('; ')})` }];
}

/** @param atMs this machine's time in the middle of the request */
function checkClock(venue: string, date: string | undefined, atMs: number, tookMs: number): Check[] {
  const venueMs = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(venueMs)) return [];
  const aheadMs = atMs - (venueMs + DATE_EARLY_MS);
  const ok = Math.abs(aheadMs) - tookMs / 2 > SKEW_MAX_MS ? null : true;
  const off = `${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${venue}`;
  return [{ name: 'clock', ok, detail: ok === true ? `agrees with that of ${venue}` : `${off}: set it, or use NTP` }];
}
