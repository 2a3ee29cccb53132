import { SeracError } from '../errors.js';
import { binance } from './binance/index.js';
import { coinbase } from './coinbase/index.js';
import { kraken } from './kraken/index.js';
import type { Venue } from './venue.js';

/** All supported venues. */
export const VENUES: readonly Venue[] = [binance, coinbase, kraken];

/** @throws SeracError `usage` naming the known venues. */
export function venueNamed(name: string): Venue {
  const venue = VENUES.find((candidate) => candidate.name === name);
  if (venue === undefined)
    throw new SeracError('usage', `Unknown venue "${name}": choose one of ${VENUES.map((known) => known.name).join(', ')}.`);
  return venue;
}
