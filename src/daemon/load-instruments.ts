import type { RestClient } from '../sources/rest/rest-client.js';
import type { Instrument } from '../domain/instrument.js';
import { messageOf, SeracError } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import { fullJitter } from '../domain/backoff.js';

const ATTEMPTS_MAX = 8;
const BACKOFF = { minMs: 1_000, maxMs: 60_000 };

/**
 * The venue's word on all its markets.
 * @param wait resolves after so long, or rejects when nobody waits any more
 * @throws SeracError after the last attempt
 */
export async function loadInstruments(
  venue: Venue,
  rest: RestClient,
  random: () => number,
  wait: (ms: number) => Promise<void>,
): Promise<Instrument[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rest.get(venue.rest.instruments(), (body) => venue.rest.readInstruments(body));
    } catch (error) {
      if (attempt + 1 >= ATTEMPTS_MAX || (error instanceof SeracError && !error.retryable)) {
        throw new SeracError('venue.unavailable', `The markets of ${venue.name} could not be read: ${messageOf(error)}`, { cause: error });
      }
      await wait(fullJitter(attempt, BACKOFF, random()));
    }
  }
}
