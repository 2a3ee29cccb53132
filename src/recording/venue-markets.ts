import type { FeedReport } from '../actors/feed-actor.js';
import type { VenueActor } from '../actors/venue-actor.js';
import type { IdRange } from '../domain/id-intervals.js';
import type { FeedStatus } from '../domain/ports/status.js';
import type { Instrument } from '../domain/symbol.js';
import { SeracError } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import type { Tier } from '../machines/feed/degradation.js';
import type { Transition } from '../machines/transition.js';
import type { Outlet } from '../sinks/parcel.js';
import type { RestTrouble } from '../sources/rest/rest-client.js';
import type { VenueRecorder } from './recorder/venue-recorder.js';
import type { VenueInstruments } from './venue-instruments.js';

export interface VenueMarketsPorts {
  readonly actor: VenueActor;
  readonly outlet: Outlet;
  readonly instruments: VenueInstruments;
  /** Why the venue's REST API is not available. */
  readonly repairTrouble: () => RestTrouble | null;
  /** Ids of a market that are missing. */
  readonly missing: (symbol: string) => readonly IdRange[];
  /** null before recording has started. */
  readonly recorder: () => VenueRecorder | null;
  /** Feeds were added or removed. */
  readonly onChanged: () => void;
  /** A market was removed. */
  readonly onLeft: (symbol: string) => void;
}

/** The recorded markets of one venue: their status, and changes while the daemon runs. */
export class VenueMarkets {
  /** Canonical symbols by venue symbol: recorded ones, and removed ones, because their trades may be in flight. */
  readonly #symbolOf = new Map<string, string>();

  /** @param symbols those recorded from the start */
  constructor(
    readonly venue: Venue,
    symbols: readonly string[],
    readonly ports: VenueMarketsPorts,
  ) {
    for (const symbol of symbols) this.#symbolOf.set(venue.toVenueSymbol(symbol), symbol);
  }

  /** Number of feeds. */
  get size(): number {
    return this.ports.actor.size;
  }

  /** Canonical symbol of the venue's symbol; null if it is not recorded. */
  resolve(venueSymbol: string): string | null {
    return this.#symbolOf.get(venueSymbol) ?? null;
  }

  /** Stores the instruments of the markets; never rejects. */
  async noteInstruments(symbols: readonly string[] = [...this.#symbolOf.values()]): Promise<void> {
    await this.ports.instruments.note(symbols, this.ports.outlet);
  }

  /** The instrument of a market; undefined if the venue does not list it. Rejects if the venue does not answer now. */
  async instrument(symbol: string): Promise<Instrument | undefined> {
    return await this.ports.instruments.find(symbol);
  }

  feeds(): FeedStatus[] {
    const pending = this.ports.recorder()?.pendingBySymbol();
    return this.ports.actor.reports().map((report) => this.#status(report, pending));
  }

  /** Status of a feed; undefined if there is none of the symbol. */
  feed(symbol: string): FeedStatus | undefined {
    const report = this.ports.actor.report(symbol);
    return report && this.#status(report, this.ports.recorder()?.pendingBySymbol());
  }

  #status(report: FeedReport, pending: Uint32Array | undefined): FeedStatus {
    const state = this.ports.recorder()?.state;
    const code = state?.symbols.find(report.symbol);
    const trouble = this.ports.repairTrouble();
    if (state === undefined || code === undefined) return feedStatus(report, trouble, [], 0);
    return feedStatus(report, trouble, this.ports.missing(report.symbol), pending?.[code] ?? 0);
  }

  /** The last transitions of a feed's machine, oldest first. */
  steps(symbol: string): readonly Transition[] {
    return this.ports.actor.report(symbol)?.transitions ?? [];
  }

  /** Accepted rows of a symbol without acknowledgement, whether or not it is still recorded. */
  unacknowledged(symbol: string): number {
    const recorder = this.ports.recorder();
    const code = recorder?.state.symbols.find(symbol);
    return recorder === null || code === undefined ? 0 : (recorder.pendingBySymbol()[code] ?? 0);
  }

  /**
   * Starts recording a market.
   * @throws SeracError `conflict` if another market has the same name at the venue
   */
  add(symbol: string, tier: Tier): void {
    const { actor, recorder, onChanged } = this.ports;
    const venueSymbol = this.venue.toVenueSymbol(symbol);
    const known = this.resolve(venueSymbol) ?? symbol;
    if (known !== symbol) {
      throw new SeracError('conflict', `${venueSymbol} of ${this.venue.name} is already recorded as ${known}.`);
    }
    this.#symbolOf.set(venueSymbol, symbol);
    actor.add(symbol, tier);
    onChanged();
    if (recorder() !== null) void this.noteInstruments([symbol]);
  }

  /** Stops recording a market. Trades received so far are stored; its unacknowledged rows show when that is done. */
  async remove(symbol: string): Promise<void> {
    const { actor, recorder, onChanged, onLeft } = this.ports;
    const removed = actor.remove(symbol);
    onChanged();
    await removed;
    onLeft(symbol);
    recorder()?.flush();
  }

  setTier(symbol: string, tier: Tier): void {
    this.ports.actor.setTier(symbol, tier);
  }

  /** Replaces the symbol's socket; the old one stays live until the new one is. */
  reconnect(symbol: string): void {
    this.ports.actor.reconnect(symbol);
  }

  pause(symbol: string): void {
    this.ports.actor.pauseFeed(symbol);
  }

  resume(symbol: string): void {
    this.ports.actor.resumeFeed(symbol);
  }
}

/**
 * Status of a feed: from its actor, and its ids from the recorder.
 * @param repair why the venue's REST API is not available
 */
function feedStatus(report: FeedReport, repair: RestTrouble | null, holes: readonly IdRange[], unacknowledged: number): FeedStatus {
  const { exchange, symbol, tier, connection, continuity, degradation, since, suspension, trouble, connectionId } = report;
  return {
    ...{ exchange, symbol, tier, connection, continuity, degradation, holes, unacknowledged },
    since: { connection: us(since.connection), continuity: us(since.continuity), degradation: us(since.degradation) },
    suspension: suspension && {
      ...{ kind: suspension.kind, reason: suspension.reason },
      until: suspension.untilMs === null ? null : us(suspension.untilMs),
    },
    trouble: trouble && { cause: trouble.cause, reason: trouble.reason, since: us(trouble.sinceMs) },
    repairTrouble: repair && {
      reason: repair.reason,
      since: us(repair.sinceMs),
      until: repair.untilMs === null ? null : us(repair.untilMs),
    },
    ...{ trades: report.trades, lastTradeId: report.lastTradeId, lastEventTime: report.lastEventTime },
    connectionId: connectionId === null ? null : String(connectionId),
  };
}

function us(ms: number): number {
  return Math.round(ms * 1000);
}
