import { instrumentRow } from '../codec/row-json.js';
import { fullJitter } from '../domain/backoff.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';
import type { Instrument } from '../domain/symbol.js';
import { messageOf, SeracError } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import { rowsParcel, type Outlet } from '../sinks/parcel.js';
import type { RestClient } from '../sources/rest/rest-client.js';

export interface VenueInstrumentsPorts {
  readonly clock: Clock;
  readonly random: () => number;
  /** Above those that are stored. */
  readonly stamp: () => number;
  readonly logger: Log;
  readonly rest: RestClient;
}

/** How long a venue's list of markets is cached. */
const KEPT_MS = 3_600_000;

/** Longest wait of a caller: a ban may last for days. */
const ANSWER_MAX_MS = 10_000;

/** A venue's list of markets. */
export class VenueInstruments {
  #listing: Promise<ReadonlyMap<string, Instrument>> | null = null;
  #asking: Promise<Instrument[]> | null = null;
  #listed: { readonly atMs: number; readonly instruments: ReadonlyMap<string, Instrument> } | null = null;

  constructor(
    readonly venue: Venue,
    readonly ports: VenueInstrumentsPorts,
  ) {}

  /** Stores the instruments of recorded markets, and reports those that the venue does not list. Retries for a while; never rejects. */
  async note(symbols: readonly string[], outlet: Outlet): Promise<void> {
    const { logger } = this.ports;
    const where = { part: 'venue', venue: this.venue.name };
    try {
      const listed = await this.#list();
      this.#write(
        symbols.flatMap((symbol) => listed.get(symbol) ?? []),
        outlet,
      );
      const unknown = symbols.filter((symbol) => !listed.has(symbol));
      if (unknown.length > 0) logger.warn({ ...where, unknown }, 'the venue does not list these markets');
    } catch (error) {
      logger.warn({ ...where, error: messageOf(error) }, "the venue's list of markets could not be read");
    }
  }

  /**
   * The current instrument of a market; undefined if the venue does not list it.
   * @throws SeracError `venue.unavailable` if it does not answer in time, `venue.refused`
   */
  async find(symbol: string): Promise<Instrument | undefined> {
    const fresh = this.#fresh();
    if (fresh !== null) return fresh.get(symbol);
    // One request for all waiting callers: while the venue accepts none they would pile up.
    this.#asking ??= this.#load().finally(() => (this.#asking = null));
    return this.#take(await this.#inTime(this.#asking)).get(symbol);
  }

  /** The venue's list, retried for a while; concurrent callers share the request. */
  async #list(): Promise<ReadonlyMap<string, Instrument>> {
    const fresh = this.#fresh();
    if (fresh !== null) return fresh;
    const { clock, random, rest } = this.ports;
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ms));
    this.#listing ??= loadInstruments(this.venue, rest, random, wait)
      .then((listed) => this.#take(listed))
      .finally(() => (this.#listing = null));
    return await this.#listing;
  }

  #take(listed: readonly Instrument[]): ReadonlyMap<string, Instrument> {
    const instruments = new Map(listed.map((each) => [each.symbol, each]));
    this.#listed = { atMs: this.ports.clock.now(), instruments };
    return instruments;
  }

  /** The list if it was fetched recently. */
  #fresh(): ReadonlyMap<string, Instrument> | null {
    if (this.#listed === null || this.ports.clock.now() - this.#listed.atMs > KEPT_MS) return null;
    return this.#listed.instruments;
  }

  #load(): Promise<Instrument[]> {
    const { rest } = this.venue;
    return this.ports.rest.get(rest.instruments(), (body) => rest.readInstruments(body));
  }

  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { clock } = this.ports;
    const { name } = this.venue;
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(
          new SeracError('venue.unavailable', `${name} did not return its list of markets within ${ANSWER_MAX_MS / 1_000} s.`, {
            retryable: true,
          }),
        );
      const timer = clock.setTimeout(late, ANSWER_MAX_MS);
      answer.then(resolve, reject).finally(() => clock.clearTimeout(timer));
    });
  }

  #write(instruments: readonly Instrument[], outlet: Outlet): void {
    if (instruments.length === 0) return;
    const rows = instruments.map((instrument) => instrumentRow(instrument, this.ports.stamp()));
    outlet.send(rowsParcel('instruments', rows));
  }
}

const ATTEMPTS_MAX = 8;
const BACKOFF = { minMs: 1_000, maxMs: 60_000 };

/**
 * Fetches the venue's list of markets.
 * @param wait resolves after this time, or rejects when no caller waits any more
 * @throws SeracError after the last attempt
 */
async function loadInstruments(
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
        throw new SeracError('venue.unavailable', `Cannot read the markets of ${venue.name}: ${messageOf(error)}`, { cause: error });
      }
      await wait(fullJitter(attempt, BACKOFF, random()));
    }
  }
}
