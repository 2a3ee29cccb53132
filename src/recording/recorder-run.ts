import type { VenueActor } from '../actors/venue-actor.js';
import { fullJitter } from '../domain/backoff.js';
import type { Gap } from '../domain/gap.js';
import type { IdRange } from '../domain/id-intervals.js';
import { Pace } from '../domain/clock.js';
import type { RecordedTable, RecordingStore } from '../domain/ports/recording-store.js';
import type { Stamps } from '../domain/stamps.js';
import { messageOf } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import type { RestClient } from '../sources/rest/rest-client.js';
import type { FeedCounts } from '../actors/feed-tallies.js';
import type { FrameLosses } from './frame-losses.js';
import { openRecorder } from './open-recorder.js';
import type { Backlog, RecorderPorts } from './recorder/recorder-ports.js';
import type { VenueRecorder } from './recorder/venue-recorder.js';
import type { GapJournal } from './repair/gap-journal.js';
import type { ShedLog } from './repair/shed-log.js';
import { VenueRepair } from './repair/venue-repair.js';
import type { RecordingConfig, VenuePorts } from './venue-ports.js';

/** What of a venue's recording outlives its recorders. */
export interface RecordedVenue {
  readonly venue: Venue;
  readonly config: RecordingConfig;
  readonly ports: VenuePorts;
  readonly actor: VenueActor;
  readonly rest: RestClient;
  readonly sheds: ShedLog;
  readonly gapJournal: GapJournal;
  readonly stamps: Stamps;
  readonly counts: FeedCounts;
  readonly frameLosses: FrameLosses;
  readonly resolve: (venueSymbol: string) => string | null;
}

/** Interval between two log lines on the same failure, ms. */
const SAME_EVERY_MS = 60_000;
const REJECTS_PER_SECOND_MAX = 100;
const RECONCILE_BACKOFF = { minMs: 1_000, maxMs: 60_000 };

/** One recorder of a venue, with its repair: from what is stored when it begins, until it is drained or another takes its place. */
export class RecorderRun {
  readonly recorder: VenueRecorder;
  readonly #store: RecordingStore;
  readonly #doubted: ReadonlySet<RecordedTable>;
  #repair: VenueRepair | null = null;
  #lost: ReadonlyMap<string, readonly IdRange[]> = new Map();
  #isOver = false;

  /** Gaps that the run before knew, and of those the ones that the store does not list. */
  readonly #openBefore: readonly Gap[];
  #unlisted: readonly Gap[] = [];

  /** @param before the run whose place it takes */
  constructor(
    readonly of: RecordedVenue,
    before?: RecorderRun,
  ) {
    this.#store = of.ports.store();
    this.#doubted = of.ports.doubted?.() ?? new Set();
    this.#openBefore = before?.repair?.gaps() ?? [];
    this.recorder = this.#open(before?.recorder ?? null);
    this.recorder.controls$.subscribe((controls) => of.actor.controls(controls));
  }

  /** What asks the venue for trades that are missing; null until it is known what is stored. */
  get repair(): VenueRepair | null {
    return this.#repair;
  }

  /** Reads what is stored, and lets frames in. */
  async recover(): Promise<void> {
    const { recorder } = this;
    const { venue, stamps } = this.of;
    await stamps.resume(this.#store, venue.name);
    const stored = await this.#store.openGaps(venue.name);
    // Gaps that are open in memory are open, though the table that listed them is gone.
    const open = this.#openBefore;
    this.#unlisted = open.filter((gap) => !stored.some((other) => isSameGap(gap, other)));
    const known = [...open, ...stored.filter((gap) => !open.some((other) => isSameGap(gap, other)))];
    this.#repair = this.#openRepair(known);
    this.#listen(this.#repair);
    const damaged = new Map<string, IdRange[]>();
    for (const { symbol, first, last, reason, state } of known)
      if (reason === 'damaged' && state === 'open' && last !== null) damaged.set(symbol, [...(damaged.get(symbol) ?? []), [first, last]]);
    this.#lost = await recorder.start(damaged.size > 0 || this.#doubted.has('trades_data'), damaged);
    await recorder.reconciliation.takeStored(this.#store);
  }

  /** Begins to ask for what is missing. What was stored and is not any more is written down. */
  async begin(): Promise<void> {
    this.of.gapJournal.note(this.#unlisted);
    this.#repair?.start(this.#lost);
    for (const symbol of new Set(this.#repair?.gaps().map((gap) => gap.symbol))) this.#tellFeed(symbol);
    await this.recorder.reconciliation.withdraw(this.#lost, this.#doubted.has('candles_data'));
  }

  /** Nothing is asked for any more. */
  end(): void {
    this.#isOver = true;
    this.#repair?.stop();
  }

  /** Recomputes stored candles that differ from the stored trades (a kill, a dropped table, trades of the last second), while trades arrive already: windows in memory are skipped. */
  async reconcile(): Promise<void> {
    const { venue, ports } = this.of;
    const { clock, logger, random } = ports;
    const where = { part: 'recorder', venue: venue.name };
    // Once all venues have begun nothing is doubted any more.
    const everything = this.#doubted.has('candles_data');
    for (let attempt = 0; !this.#isOver; attempt++) {
      try {
        const minutes = await this.recorder.reconciliation.run(everything);
        if (minutes > 0)
          logger.info({ ...where, minutes }, 'stored candles differed from the stored trades: all that are not in memory were recomputed');
        return;
      } catch (error) {
        logger.error({ ...where, error: messageOf(error) }, 'candles could not be compared with the stored trades; retrying');
        const waitMs = fullJitter(attempt, RECONCILE_BACKOFF, random());
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, waitMs));
      }
    }
  }

  #open(before: VenueRecorder | null): VenueRecorder {
    const { venue, config, ports, stamps, resolve } = this.of;
    const { outlet, poolFor } = ports;
    return openRecorder(ports, venue, {
      ...{ outlet, poolFor, stamps, resolve, before, store: this.#store, report: this.#reporter() },
      onBacklog: (full, behind) => this.#onBacklog(full, behind),
      onFar: (far) => this.#repair?.far(far),
      onUseless: (connectionId, rejects) => this.of.actor.abandon(connectionId, 'rejects', `none of its last ${rejects} frames was usable`),
      options: { ...config, rejectsPerSecondMax: REJECTS_PER_SECOND_MAX },
    });
  }

  #reporter(): RecorderPorts['report'] {
    const { venue, ports } = this.of;
    const pace = new Pace(SAME_EVERY_MS, () => ports.clock.now());
    return (error, what) => {
      const alsoFailed = pace.due(what);
      if (alsoFailed === null) return;
      const where = { part: 'recorder', venue: venue.name, error: messageOf(error), ...(alsoFailed > 0 ? { alsoFailed } : {}) };
      ports.logger.error(where, `could not ${what}; retrying`);
    };
  }

  #onBacklog(full: boolean, behind: Backlog): void {
    const { venue, ports, actor } = this.of;
    const where = { part: 'recorder', venue: venue.name, behind };
    if (full)
      ports.logger.warn(where, behind === 'store' ? 'the store is behind: sockets are paused' : 'decoding is behind: sockets are paused');
    else ports.logger.info(where, 'sockets are resumed');
    if (full) actor.pause();
    else actor.resume();
  }

  #openRepair(known: Awaited<ReturnType<RecordingStore['openGaps']>>): VenueRepair {
    const { venue, ports, rest, sheds, gapJournal, actor } = this.of;
    const { clock, random, logger } = ports;
    return new VenueRepair(
      venue,
      {
        ...{ clock, random, logger, rest, sheds, recorder: this.recorder, gaps: gapJournal },
        onRepairing: (symbol, repairing) => {
          if (repairing) actor.fact(symbol, { type: 'backfill.started' });
          else this.#tellFeed(symbol);
        },
      },
      known,
    );
  }

  #listen(repair: VenueRepair): void {
    const { recorder } = this;
    const { ports, actor, sheds, counts, frameLosses } = this.of;
    const { symbols } = recorder.state;
    counts.begin({
      clock: ports.clock,
      tallies: actor.tallies,
      feedOf: (code) => actor.feed(symbols.nameOf(code)),
      onTrades: (code, connectionId) => {
        const symbol = symbols.nameOf(code);
        repair.firstTradeSeen(symbol, connectionId);
        return sheds.since(symbol) !== undefined;
      },
    });
    recorder.lostFrames$.subscribe(({ connectionId, lost }) => {
      frameLosses.take(connectionId, lost);
      frameLosses.tell();
    });
    recorder.trades$.subscribe(counts.take);
    recorder.holes$.subscribe((codes) => {
      for (const code of codes) {
        const symbol = symbols.nameOf(code);
        repair.holesChanged(symbol);
        this.#tellFeed(symbol);
      }
    });
    recorder.refused$.subscribe((refused) => {
      for (const some of refused) {
        const symbol = symbols.nameOf(some.code);
        repair.refused(symbol, some);
        this.#tellFeed(symbol);
      }
    });
  }

  /** Reports the number of missing id ranges to a feed. */
  #tellFeed(symbol: string): void {
    const { state } = this.recorder;
    const { actor } = this.of;
    const holes = this.#repair?.missing(symbol).length ?? Math.max(state.of(state.symbols.codeOf(symbol)).coverage.seen.size - 1, 0);
    actor.fact(symbol, { type: 'backfill.finished', holes });
    actor.fact(symbol, holes > 0 ? { type: 'gap.opened', holes } : { type: 'gaps.closed' });
  }
}

function isSameGap(a: Gap, b: Gap): boolean {
  return a.symbol === b.symbol && a.first === b.first;
}
