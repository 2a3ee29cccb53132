import type { Clock } from '../domain/clock.js';
import type { FeedControl } from '../domain/feed-control.js';
import type { Log } from '../domain/ports/log.js';
import type { FeedStatus } from '../domain/ports/status.js';
import { feedIdText, parseFeedId, type FeedId } from '../domain/symbol.js';
import { messageOf, SeracError } from '../errors.js';
import { VENUES } from '../exchanges/registry.js';
import type { Venue } from '../exchanges/venue.js';
import type { Tier } from '../machines/feed/degradation.js';
import type { WantedFeed } from './venue-ports.js';
import type { VenueRecording } from './venue-recording.js';
import type { VenueSet } from './venue-set.js';

export interface RunTimeFeedsPorts {
  readonly venues: VenueSet;
  /** Creates the recording of a venue that had no feed; it does nothing before it is started. */
  readonly newVenue: (venue: Venue) => VenueRecording;
  /** Passes the current pressure level to a new venue. */
  readonly onOpened: (venue: VenueRecording) => void;
  readonly clock: Clock;
  readonly logger: Log;
}

/** Result of changing the recorded markets to a given list. */
export interface AppliedFeeds {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly retiered: readonly string[];
  /** Sentences on what failed. */
  readonly failed: readonly string[];
}

/** Most feeds of one daemon: a client error in a loop must not fill the memory. */
const FEEDS_MAX = 10_000;
const TIER_DEFAULT: Tier = 2;

/** Longest wait until the last rows of a removed feed are acknowledged. */
const LAST_ROWS_MAX_MS = 5_000;
const LOOK_EVERY_MS = 20;

/** States of a feed with a connection to replace, or about to have one. */
const CONNECTED: readonly string[] = ['connecting', 'subscribing', 'live', 'stale', 'backingOff', 'rollingOver'];

/** Adds, removes and controls feeds while the daemon runs; one change at a time. The configuration file is not changed. */
export class RunTimeFeeds implements FeedControl {
  #changes: Promise<unknown> = Promise.resolve();

  constructor(readonly ports: RunTimeFeedsPorts) {}

  add(feed: FeedId, tier: number | undefined): Promise<{ readonly status: FeedStatus; readonly added: boolean }> {
    return this.#inTurn(async () => {
      const known = this.ports.venues.find(feed.exchange)?.markets.feed(feed.symbol);
      if (known !== undefined) return { status: this.#retier(feed, (tier ?? known.tier) as Tier), added: false };
      const part = this.ports.venues.find(feed.exchange) ?? this.ports.newVenue(venueOf(feed));
      if ((await part.markets.instrument(feed.symbol)) === undefined) {
        throw new SeracError('input.invalid', `feed: ${feed.exchange} does not list ${feed.symbol}.`);
      }
      await this.#record(feed, part, (tier ?? TIER_DEFAULT) as Tier);
      return { status: this.#statusOf(feed), added: true };
    });
  }

  remove(feed: FeedId): Promise<FeedStatus> {
    return this.#inTurn(() => this.#remove(feed));
  }

  reconnect(feed: FeedId): FeedStatus {
    const { connection } = this.#statusOf(feed);
    if (!CONNECTED.includes(connection)) {
      throw new SeracError('conflict', `${feedIdText(feed)} is ${connection} and has no connection to replace: resume it.`);
    }
    this.#partOf(feed).markets.reconnect(feed.symbol);
    return this.#statusOf(feed);
  }

  pause(feed: FeedId): FeedStatus {
    this.#partOf(feed).markets.pause(feed.symbol);
    return this.#statusOf(feed);
  }

  resume(feed: FeedId): FeedStatus {
    this.#partOf(feed).markets.resume(feed.symbol);
    return this.#statusOf(feed);
  }

  /**
   * Changes the recorded markets to exactly these. Failures are reported, and the rest is done.
   * @throws SeracError `input.invalid` for an unknown venue; nothing is changed then
   */
  apply(wanted: readonly WantedFeed[]): Promise<AppliedFeeds> {
    return this.#inTurn(async () => {
      for (const { feed } of wanted) venueOf(feed);
      const done = { added: [] as string[], removed: [] as string[], retiered: [] as string[], failed: [] as string[] };
      const attempt = async (list: string[], feed: FeedId, work: () => Promise<unknown>): Promise<void> => {
        try {
          await work();
          list.push(feedIdText(feed));
        } catch (error) {
          done.failed.push(`${feedIdText(feed)}: ${messageOf(error)}`);
        }
      };
      const names = new Set(wanted.map(({ feed }) => feedIdText(feed)));
      const running = new Map(this.#all().map((status) => [feedIdText(status), status]));
      for (const [name, feed] of running) if (!names.has(name)) await attempt(done.removed, feed, () => this.#remove(feed));
      for (const { feed, tier } of wanted) {
        const known = running.get(feedIdText(feed));
        if (known === undefined) {
          const part = this.ports.venues.find(feed.exchange) ?? this.ports.newVenue(venueOf(feed));
          await attempt(done.added, feed, () => this.#record(feed, part, tier));
        } else if (known.tier !== tier) {
          this.#retier(feed, tier);
          done.retiered.push(feedIdText(feed));
        }
      }
      return done;
    });
  }

  async #record(feed: FeedId, part: VenueRecording, tier: Tier): Promise<void> {
    const count = this.ports.venues.list.reduce((sum, venue) => sum + venue.markets.size, 0);
    if (count >= FEEDS_MAX) throw new SeracError('overloaded', `There are ${FEEDS_MAX} feeds already, the most that one daemon records.`);
    if (!this.ports.venues.list.includes(part)) {
      await this.ports.venues.open(part);
      this.ports.onOpened(part);
    }
    part.markets.add(feed.symbol, tier);
    this.ports.logger.info({ part: 'feed', venue: feed.exchange, symbol: feed.symbol, tier }, 'feed added');
  }

  async #remove(feed: FeedId): Promise<FeedStatus> {
    const part = this.#partOf(feed);
    const last = this.#statusOf(feed);
    await part.markets.remove(feed.symbol);
    const { clock, logger } = this.ports;
    const untilMs = clock.now() + LAST_ROWS_MAX_MS;
    while (part.markets.unacknowledged(feed.symbol) > 0 && clock.now() < untilMs) {
      await new Promise((resolve) => void clock.setTimeout(() => resolve(undefined), LOOK_EVERY_MS));
    }
    logger.info({ part: 'feed', venue: feed.exchange, symbol: feed.symbol }, 'feed removed');
    return {
      ...last,
      connection: 'stopped',
      suspension: null,
      connectionId: null,
      unacknowledged: part.markets.unacknowledged(feed.symbol),
    };
  }

  #retier(feed: FeedId, tier: Tier): FeedStatus {
    if (this.#statusOf(feed).tier !== tier) {
      this.#partOf(feed).markets.setTier(feed.symbol, tier);
      this.ports.logger.info({ part: 'feed', venue: feed.exchange, symbol: feed.symbol, tier }, 'tier of a feed changed');
    }
    return this.#statusOf(feed);
  }

  #all(): FeedStatus[] {
    return this.ports.venues.list.flatMap((venue) => venue.markets.feeds());
  }

  #partOf(feed: FeedId): VenueRecording {
    const part = this.ports.venues.find(feed.exchange);
    if (part?.markets.feed(feed.symbol) === undefined) {
      throw new SeracError('not_found', `Unknown feed ${feedIdText(feed)}: /v1/feeds lists the feeds.`);
    }
    return part;
  }

  #statusOf(feed: FeedId): FeedStatus {
    return this.#partOf(feed).markets.feed(feed.symbol)!;
  }

  /** Changes are serialised: each sees the result of the one before it. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(change);
    this.#changes = turn.catch(() => undefined);
    return turn;
  }
}

/** @throws SeracError `input.invalid` naming the known venues */
function venueOf({ exchange }: FeedId): Venue {
  const venue = VENUES.find(({ name }) => name === exchange);
  if (venue !== undefined) return venue;
  throw new SeracError(
    'input.invalid',
    `feed: unknown venue "${exchange}": choose one of ${VENUES.map((venue) => venue.name).join(', ')}.`,
  );
}

/** The markets of a configuration. */
export function feedsOfConfig({ feeds }: { readonly feeds: readonly { readonly market: string; readonly tier: Tier }[] }): WantedFeed[] {
  return feeds.map(({ market, tier }) => ({ feed: parseFeedId(market), tier }));
}
