import type { Config } from '../../config/config-schema.js';
import type { DeepReadonly } from '../../config/load-config.js';
import { systemClock } from '../../daemon/system-clock.js';
import { venueAccess, type VenueAccess } from '../../daemon/venue-access.js';
import { parseFeedId } from '../../domain/symbol.js';
import { messageOf } from '../../errors.js';
import { venueNamed, VENUES } from '../../exchanges/registry.js';
import type { Venue } from '../../exchanges/venue.js';
import { RestClient } from '../../sources/rest/rest-client.js';
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

/** Checks whether the venues of a configuration can be reached with its settings. */
export async function checkVenues(config: DeepReadonly<Config>, environment: NodeJS.ProcessEnv): Promise<Check[]> {
  return await ofEach(config, async (venue, [symbol]) => {
    const access = venueAccess(venue, config, environment, () => Date.now());
    return await checkVenue({ ...access, venue, venueSymbol: venue.toVenueSymbol(symbol!), hosts: hostsOf(venue, config) });
  });
}

/** Whether the venues list the markets of a configuration: a check for each, or one for a venue that gave no list. */
export async function checkMarkets(config: DeepReadonly<Config>, environment: NodeJS.ProcessEnv): Promise<Check[]> {
  return await ofEach(config, async (venue, symbols) => {
    const listed = await listedSymbols(venue, config, environment);
    return symbols.map((symbol) => {
      const isListed = listed.has(symbol);
      return { name: `${venue.name}:${symbol}`, ok: isListed, detail: isListed ? 'listed' : `${venue.name} does not list this market` };
    });
  });
}

/** A check for each market of a configuration; of a venue that gives no list it is not known whether it has them. */
export async function checkEachMarket(config: DeepReadonly<Config>, environment: NodeJS.ProcessEnv): Promise<Check[]> {
  const checks = new Map((await checkMarkets(config, environment)).map((check) => [check.name, check]));
  return config.feeds.map(({ market }) => {
    const { exchange, symbol } = parseFeedId(market);
    const [asked, failed] = [checks.get(market), checks.get(exchange)];
    const name = `${venueNamed(exchange).toVenueSymbol(symbol)} at ${exchange}`;
    if (asked === undefined)
      return { name: market, ok: null, detail: `${name}; whether it is listed is not known: ${failed?.detail ?? 'nothing answered'}` };
    return asked.ok === true ? { ...asked, detail: `${name}, which lists it` } : asked;
  });
}

/** The markets that a venue lists, by our names. @throws SeracError of {@link RestClient.get} */
export async function listedSymbols(
  venue: Venue,
  config: DeepReadonly<Config>,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlySet<string>> {
  const { fetch, restHeaders: headers } = venueAccess(venue, config, environment, () => Date.now());
  const { rest } = venue;
  const client = new RestClient(
    { venue: venue.name, hosts: hostsOf(venue, config).rest, limits: rest.limit, headers },
    systemClock(),
    fetch,
  );
  const instruments = await client.get(rest.instruments(), (body) => rest.readInstruments(body));
  return new Set(instruments.map(({ symbol }) => symbol));
}

/** Runs a request to each venue with markets in a configuration; an error is a failed check. */
async function ofEach(
  { feeds }: DeepReadonly<Config>,
  ask: (venue: Venue, symbols: readonly string[]) => Promise<Check[]>,
): Promise<Check[]> {
  const wanted = feeds.map(({ market }) => parseFeedId(market));
  const checks = VENUES.map(async (venue) => {
    const symbols = wanted.filter(({ exchange }) => exchange === venue.name).map(({ symbol }) => symbol);
    if (symbols.length === 0) return [];
    try {
      return await ask(venue, symbols);
    } catch (error) {
      return [{ name: venue.name, ok: false, detail: messageOf(error) }];
    }
  });
  return (await Promise.all(checks)).flat();
}

function hostsOf(venue: Venue, { venues }: DeepReadonly<Config>): Venue['endpoints'] {
  return { ...venue.endpoints, ...venues[venue.name] };
}
