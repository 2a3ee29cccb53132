import { didYouMean } from '../domain/nearest-name.js';
import { feedIdText, parseFeedId } from '../domain/symbol.js';
import { messageOf } from '../errors.js';
import { VENUES, venueNamed } from '../exchanges/registry.js';
import type { Triggers } from '../machines/pressure/pressure-types.js';
import type { Config } from './config-schema.js';

/** Checks that a schema cannot express: settings that are valid separately and invalid together. */
export function contradictions(config: Config): string[] {
  return [
    ...repeatedMarkets(config),
    ...config.feeds.flatMap(({ market }) => wrongMarket(market)),
    ...unknownVenues(config),
    ...wrongAddresses(config),
    ...ownDatabase(config),
    ...fallingTriggers(config),
    ...latenessBeyondSkew(config),
  ];
}

/** A market has one tier. */
function repeatedMarkets({ feeds }: Config): string[] {
  const markets = feeds.map((entry) => entry.market);
  const repeated = markets.filter((name, index) => markets.indexOf(name) !== index);
  return [...new Set(repeated)].map((name) => `feeds names ${name} more than once`);
}

/** A market must belong to a supported venue, under its canonical name. */
function wrongMarket(market: string): string[] {
  try {
    const { exchange, symbol } = parseFeedId(market);
    const venue = venueNamed(exchange);
    const canonical = venue.toSymbol(venue.toVenueSymbol(symbol));
    if (canonical === null || canonical === symbol) return [];
    return [`feeds: use the canonical name ${feedIdText({ exchange, symbol: canonical })} in place of ${market}`];
  } catch (error) {
    return [`feeds: ${messageOf(error).replace(/\.$/, '')}`];
  }
}

function unknownVenues({ venues }: Config): string[] {
  const names = VENUES.map(({ name }) => name);
  return Object.keys(venues)
    .filter((name) => !names.includes(name))
    .map((name) => `venues: unknown venue "${name}": choose one of ${names.join(', ')}${didYouMean(name, names)}`);
}

/** The schema's pattern checks only the start of an address. Addresses that may hold a password are not shown. */
function wrongAddresses({ clickhouse, venues }: Config): string[] {
  const isWrong = (url: string | undefined): boolean => url !== undefined && !URL.canParse(url);
  return [
    ...(isWrong(clickhouse.url) ? ['clickhouse.url is not an address'] : []),
    ...Object.entries(venues).flatMap(([venue, { ws = [], rest = [], proxy }]) => [
      ...[...ws, ...rest].filter(isWrong).map((host) => `venues.${venue}: "${host}" is not an address`),
      ...(isWrong(proxy) ? [`venues.${venue}.proxy is not an address`] : []),
    ]),
  ];
}

/** Databases that a server keeps for itself: a table of ours in one of them is refused, or lost at its next start. */
const SYSTEM_DATABASES = ['system', 'information_schema'];

function ownDatabase({ clickhouse: { database } }: Config): string[] {
  if (!SYSTEM_DATABASES.includes(database.toLowerCase())) return [];
  return [`clickhouse.database: ${database} is ClickHouse's own: name another, for example serac`];
}

/** A higher level begins at a higher value. */
function fallingTriggers({ pressure }: Config): string[] {
  const rises = ({ soft, graceful, aggressive, circuitBreak }: Triggers): boolean =>
    soft < graceful && graceful < aggressive && aggressive < circuitBreak;
  return Object.entries(pressure.triggers)
    .filter(([, each]) => !rises(each))
    .map(([signal]) => `pressure.triggers.${signal} must rise from soft to circuitBreak`);
}

/** Trades with that lateness would be rejected as absurd. */
function latenessBeyondSkew({ recording: { allowedLatenessMs, maxSkewMs } }: Config): string[] {
  return allowedLatenessMs < maxSkewMs
    ? []
    : [`recording.allowedLatenessMs (${allowedLatenessMs}) must be below recording.maxSkewMs (${maxSkewMs})`];
}
