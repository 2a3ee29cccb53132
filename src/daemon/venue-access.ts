import { readFileSync } from 'node:fs';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { settingName } from '../config/config-environment.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import { SeracError } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import { fetchRest } from '../sources/rest/fetch-rest.js';
import type { Fetch } from '../sources/rest/rest-client.js';
import { dialWebSocket } from '../sources/websocket/dial-websocket.js';
import type { Dial } from '../sources/websocket/dial.js';
import { reasonOf } from '../system-error.js';

/** How a venue is reached: with or without a proxy, and with which API key. */
export interface VenueAccess {
  readonly fetch: Fetch;
  readonly dial: Dial;
  /** Headers of each request to the venue's REST hosts, and no others. They hold the key: they must not be logged. */
  readonly restHeaders: Readonly<Record<string, string>>;
}

const KEY = /^[\x21-\x7e]{1,512}$/;
const HEADER = /^[A-Za-z0-9-]{1,64}$/;

/**
 * @param nowMs wall clock: Retry-After may be a date
 * @throws SeracError `config.invalid` if the key or the proxy cannot be read or used; it shows the value of neither
 */
export function venueAccess(venue: Venue, config: DeepReadonly<Config>, environment: NodeJS.ProcessEnv, nowMs: () => number): VenueAccess {
  const settings = config.venues[venue.name] ?? {};
  const given = (name: 'PROXY' | 'API_KEY'): string | undefined => environment[`SERAC_VENUES_${venue.name.toUpperCase()}_${name}`];
  const proxy = given('PROXY') ?? settings.proxy;
  const url = proxy === undefined ? null : proxyUrl(proxy, settingName(`venues.${venue.name}.proxy`, environment));
  return {
    fetch: fetchRest(url === null ? undefined : new HttpsProxyAgent(url, { keepAlive: true })),
    dial: dialWebSocket({ nowMs, ...(url === null ? {} : { agent: new HttpsProxyAgent(url) }) }),
    restHeaders: keyHeader(venue, settings, given('API_KEY')),
  };
}

function proxyUrl(text: string, setting: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid(setting, 'is not a URL such as http://proxy:3128');
  return url;
}

function keyHeader(
  venue: Venue,
  { apiKeyFile, apiKeyHeader }: DeepReadonly<Config['venues'][string]>,
  given: string | undefined,
): Record<string, string> {
  const key = given ?? (apiKeyFile === undefined ? undefined : readKey(venue, apiKeyFile));
  if (key === undefined) return {};
  const place = `venues.${venue.name}`;
  if (!KEY.test(key)) {
    const setting = given === undefined ? `${place}.apiKeyFile` : `SERAC_VENUES_${venue.name.toUpperCase()}_API_KEY`;
    throw invalid(setting, 'does not hold a key of one line');
  }
  const header = apiKeyHeader ?? venue.rest.apiKeyHeader;
  if (header === undefined) throw invalid(`${place}.apiKeyHeader`, 'must name the header that carries the key');
  if (!HEADER.test(header)) throw invalid(`${place}.apiKeyHeader`, 'is not a header name');
  return { [header]: key };
}

function readKey(venue: Venue, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw invalid(`venues.${venue.name}.apiKeyFile`, `names ${file}, which cannot be read: ${reasonOf(cause)}`, cause);
  }
}

function invalid(setting: string, why: string, cause?: unknown): SeracError {
  return new SeracError('config.invalid', `${setting} ${why}.`, { cause });
}
