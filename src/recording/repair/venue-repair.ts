import { Pace, type SystemClock } from '../../domain/clock.js';
import type { Gap } from '../../domain/gap.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import type { Log } from '../../domain/ports/log.js';
import { messageOf } from '../../errors.js';
import type { Venue } from '../../exchanges/venue.js';
import type { RestClient } from '../../sources/rest/rest-client.js';
import type { FarTrade } from '../../streams/far-ids.js';
import type { RefusedTrades } from '../recorder/take-back.js';
import type { VenueRecorder } from '../recorder/venue-recorder.js';
import type { GapJournal } from './gap-journal.js';
import { isBounded, type BoundedGap } from './gap-tracker.js';
import { locateTime } from './locate-id.js';
import { Repairer, REPAIRER_DEFAULTS, type RepairerPorts } from './repairer.js';
import type { ShedLog } from './shed-log.js';

export interface VenueRepairPorts {
  readonly clock: SystemClock;
  readonly random: () => number;
  readonly logger: Log;
  readonly rest: RestClient;
  readonly recorder: VenueRecorder;
  readonly sheds: ShedLog;
  readonly gaps: GapJournal;
  /** A repair of a symbol continues, or has ended. */
  readonly onRepairing: (symbol: string, repairing: boolean) => void;
}

/** What a venue's feeds miss, and its repair: gaps are found from the ids, listed in the table `gaps`, and backfilled by REST. */
export class VenueRepair {
  readonly #repairer: Repairer;
  /** Symbols with a trade since the start: a hole before that was missed while the daemon was down. */
  readonly #resumed = new Set<string>();

  /** @param known gaps that are not closed, from the store */
  constructor(
    readonly venue: Venue,
    readonly ports: VenueRepairPorts,
    known: readonly Gap[],
  ) {
    const { clock, random, logger, rest, recorder, sheds, onRepairing } = ports;
    const { symbols } = recorder.state;
    const pace = new Pace(SAME_EVERY_MS, () => clock.now());
    // A shed range of an earlier run has no end yet: the next trade reveals it.
    sheds.resume(known.filter(({ last }) => last === null));
    const page: RepairerPorts['page'] = (symbol, range, cursor) =>
      rest.get(venue.rest.trades(venue.toVenueSymbol(symbol), range, cursor), (body) =>
        venue.rest.readTrades(body, { range, cursor, symbol: symbols.codeOf(symbol), symbols, receiveTime: clock.nowNs() }),
      );
    this.#repairer = new Repairer(
      { exchange: venue.name, ...REPAIRER_DEFAULTS },
      {
        ...{ clock, random, nowUs: () => nowUs(clock) },
        page,
        ...(venue.rest.pagesBeginAt === 'time' ? { locate: (symbol, id) => locateTime(id, (range) => page(symbol, range, null)) } : {}),
        take: (page) => recorder.page(page),
        stateOf: (symbol) => recorder.state.of(symbols.codeOf(symbol)),
        timeOf: (symbol, id) => recorder.timeOf(symbol, id),
        timeBefore: (symbol, id) => recorder.reconciliation.timeBefore(symbol, id),
        onNothingBehind: (symbol) => sheds.missedNone(symbol),
        onGap: (gap) => this.#note(gap),
        onRepairing: (symbol, repairing) => {
          recorder.hold(symbol, repairing);
          onRepairing(symbol, repairing);
        },
        report: (error, what) => {
          // Many gaps may fail for the same reason, and each is retried.
          const sentence = messageOf(error);
          const alsoFailed = pace.due(sentence);
          if (alsoFailed === null) return;
          const where = { part: 'repair', venue: venue.name, error: sentence, ...(alsoFailed > 0 ? { alsoFailed } : {}) };
          logger.warn(where, `could not ${what}: retrying`);
        },
      },
      known.filter(isBounded),
    );
  }

  /** @param lost ids, by symbol, that were stored and are lost */
  start(lost: ReadonlyMap<string, readonly IdRange[]> = new Map()): void {
    for (const { symbol, reason } of this.#repairer.gaps()) if (reason === 'damaged') this.#noteLost(symbol);
    for (const [symbol, ranges] of lost) this.#repairer.lost(symbol, ranges);
    for (const symbol of this.ports.recorder.state.symbols.names) this.#repairer.changed(symbol, 'down');
    this.#repairer.start();
  }

  stop(): void {
    this.#repairer.stop();
  }

  /** Trades of a symbol arrived on a connection, and are covered. */
  firstTradeSeen(symbol: string, connectionId: number): void {
    this.#resumed.add(symbol);
    this.ports.sheds.firstTradeSeen(symbol, connectionId);
  }

  /** A symbol was removed: what it misses until it is added again is missing because it was not recorded. */
  left(symbol: string): void {
    this.#resumed.delete(symbol);
    this.ports.sheds.left(symbol);
  }

  /** Trades of a symbol may be missing after the newest one. */
  mayLackNewest(symbol: string): void {
    this.#repairer.mayLackNewest(symbol);
  }

  /** Trades of connections were rejected because their ids are absurdly far. */
  far(trades: readonly FarTrade[]): void {
    const { symbols } = this.ports.recorder.state;
    // The venue has all its old trades: that it has one of a lower id proves nothing.
    for (const { symbol, id, eventTime, isAbove } of trades) if (isAbove) this.#repairer.doubt(symbols.nameOf(symbol), id, eventTime);
  }

  /** The holes of a symbol changed. */
  holesChanged(symbol: string): void {
    const { state } = this.ports.recorder;
    const { seen, rejected } = state.of(state.symbols.codeOf(symbol)).coverage;
    // No hole shows a rejected trade before a later one arrives.
    if ((rejected.last ?? -1) > (seen.last ?? Infinity)) this.#repairer.mayLackNewest(symbol);
    const shedSince = this.ports.sheds.since(symbol);
    if (shedSince === undefined) this.#repairer.changed(symbol, this.#resumed.has(symbol) ? 'missed' : 'down');
    else this.#repairer.changed(symbol, 'shed', shedSince);
  }

  /** The store refused trades of a symbol: they are missing. */
  refused(symbol: string, refused: RefusedTrades): void {
    this.#repairer.refused(symbol, refused);
  }

  /** Ids of a symbol that are missing, by its gaps and between those that were seen. */
  missing(symbol: string): IdRange[] {
    const { state } = this.ports.recorder;
    const { seen } = state.of(state.symbols.codeOf(symbol)).coverage;
    const ids = new IdIntervals(seen.holes());
    // Before all that were seen, or after them, only a gap tells.
    for (const { first, last } of this.#repairer.gapsOf(symbol)) ids.addAll(seen.missingWithin(first, last));
    return ids.ranges();
  }

  /** Gaps that are not closed. */
  gaps(): readonly BoundedGap[] {
    return this.#repairer.gaps();
  }

  #note(gap: BoundedGap): void {
    const { symbol, first, last, reason, state } = gap;
    this.ports.gaps.note([gap]);
    const where = { part: 'repair', venue: this.venue.name, symbol, first, last, reason };
    this.ports.logger[state === 'closed' ? 'info' : 'warn'](where, GAP_WORDS[state]);
    if (reason === 'damaged') this.#damagedGap(gap);
  }

  /** Candles that count lost ids are kept until those come back, which has them recomputed as after any late trade, or are given up. */
  #damagedGap({ symbol, first, last, state }: BoundedGap): void {
    this.#noteLost(symbol);
    if (state !== 'unrepairable') return;
    const { recorder, logger } = this.ports;
    recorder.reconciliation
      .foldOver(symbol, [first, last])
      .catch((error: unknown) =>
        logger.error(
          { part: 'repair', venue: this.venue.name, symbol, first, last, error: messageOf(error) },
          'could not look for the candles of lost ids; the next start or `serac verify --fix` recomputes those that differ',
        ),
      );
  }

  #noteLost(symbol: string): void {
    const { state } = this.ports.recorder;
    const open = this.#repairer.gaps().filter((gap) => gap.symbol === symbol && gap.reason === 'damaged' && gap.state === 'open');
    state.of(state.symbols.codeOf(symbol)).lost = open.map(({ first, last }): IdRange => [first, last]);
  }
}

/** Interval between two log lines on the same failure, ms. */
const SAME_EVERY_MS = 60_000;

const GAP_WORDS = {
  open: 'gap: trades are missing, backfilling',
  closed: 'gap closed: the missing trades were received',
  unrepairable: 'gap unrepairable: the venue was asked again and again, and did not give the missing trades, or none that can be stored',
} as const;

function nowUs(clock: SystemClock): number {
  return Number(clock.nowNs() / 1_000n);
}
