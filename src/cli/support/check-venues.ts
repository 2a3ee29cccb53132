import type { Config, DeepReadonly } from '../../config/load-config.js';
import { systemClock } from '../../daemon/system-clock.js';
import { venueAccess } from '../../daemon/venue-access.js';
import { parseFeedId } from '../../domain/symbol.js';
import { messageOf } from '../../errors.js';
import { venueNamed, VENUES } from '../../exchanges/registry.js';
import type { Venue } from '../../exchanges/venue.js';
import { RestClient } from '../../sources/rest/rest-client.js';
import { checkVenue, type Check } from './venue-checks.js';

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
