import { missingFrom } from '../../domain/audit.js';
import type { Gap } from '../../domain/gap.js';
import type { IdIntervals, IdRange } from '../../domain/id-intervals.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import type { BackfillStore } from '../../domain/ports/recording-store.js';
import type { Sink } from '../../domain/ports/sink.js';
import { Stamps } from '../../domain/stamps.js';
import { type FeedId, feedIdText } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import type { TradePage, TradeRange, Venue } from '../../exchanges/venue.js';
import type { Outlet } from '../../sinks/parcel.js';
import type { RestClient } from '../../sources/rest/rest-client.js';
import { microseconds, openRecorder, type RecorderWorld } from '../open-recorder.js';
import type { VenueRecorder } from '../recorder/venue-recorder.js';
import { fillIds, type PersistencePorts, persistently, unlessStopped } from './fill-ids.js';
import { locateById, locateByTime } from './locate-id.js';
import { gapsOfLost, writeGaps } from './gaps-of-commands.js';

export interface BackfillOptions {
  readonly venue: Venue;
  readonly market: FeedId;
  readonly range: TimeRange;
  /** Whether a daemon records the market at the same time: then ids after the newest stored trade are left to it. */
  readonly isRecorded: boolean;
  /** Whether others may write to the same store: then this does not mark earlier candles as verified. */
  readonly isShared: boolean;
}

export interface BackfillPorts extends PersistencePorts {
  readonly store: BackfillStore;
  readonly sink: Sink;
  readonly outlet: Outlet;
  readonly rest: RestClient;
  /** The clock stamps what comes. */
  readonly world: RecorderWorld;
  /** Once it is aborted no further page is asked for, and what came is stored. */
  readonly signal: AbortSignal;
  /** Errors without a caller. */
  readonly onError: (error: unknown) => void;
  /** Called with the number of missing ids, and then with the number received. */
  readonly onMissing: (ids: number) => void;
  readonly onFilled: (ids: number) => void;
}

export interface BackfillResult {
  /** Ids expected in the range. */
  readonly expected: number;
  /** Ids that were missing and were received. */
  readonly filled: number;
  readonly notGiven: readonly IdRange[];
  /** Ids still missing when it was stopped, none if it was not known yet which; null if it came to its end. */
  readonly left: readonly IdRange[] | null;
  readonly gapsClosed: number;
  readonly candles: number;
  readonly rejects: number;
}

/** Number of unacknowledged rows at which the next page waits. */
const PENDING_ROWS_MAX = 65_536;

/** Number of windows to recompute at which the next page waits. */
const DIRTY_WINDOWS_MAX = 20_000;

/** Rounds of folding at the end: a round may queue windows for the next. */
const ROUNDS_MAX = 10;

/**
 * Fetches the missing trades of a market in a time range from the venue, in the same way as the daemon's repair: exact ids only, through
 * the same pipeline, marked as backfilled. It may be repeated, and run beside a daemon: a trade is stored once, whichever program writes
 * it.
 * A stop leaves what is still missing as it was: the next call asks for it.
 * @throws SeracError `not_found` if no stored trade leads to the range; errors of the venue or the store
 */
export async function backfill(options: BackfillOptions, ports: BackfillPorts): Promise<BackfillResult> {
  const { venue, market, isShared, isRecorded } = options;
  const { store, outlet, world } = ports;
  const nowUs = (): number => microseconds(world.clock);
  const stamps = new Stamps(nowUs);
  await stamps.resume(store, venue.name);
  const recorder = openRecorder(world, venue, { store, outlet, stamps, report: ports.onError });
  const lost = await recorder.start(true);
  recorder.reconciliation.awaitReturn(lost);
  // A clean stop verifies all earlier candles: so they are compared first, unless others write.
  if (!isShared) await recorder.reconciliation.run();
  const { seen } = recorder.state.of(recorder.state.symbols.codeOf(market.symbol)).coverage;
  const { expected, filled, notGiven, left } = await fetchMissing(recorder, seen, options, ports);

  for (let round = 0; round < ROUNDS_MAX && (round === 0 || recorder.dirtyWindows > 0); round++) await fold(recorder);
  const stillLost = (await recorder.reconciliation.endReturn(lost)).get(market.symbol) ?? [];
  for (let round = 0; round < ROUNDS_MAX && (round === 0 || recorder.dirtyWindows > 0); round++) await fold(recorder);
  // Candles that are still open are left to the recording daemon.
  if (!isRecorded) await recorder.drain();
  const known = await store.openGaps();
  const damaged = gapsOfLost(market, stillLost, known, nowUs());
  const words = wordsAfterBackfill(market, { known: [...known, ...damaged], seen, notGiven, nowUs: nowUs() });
  const said = new Set(words.map(({ first }) => first));
  words.push(...damaged.filter(({ first }) => !said.has(first)));
  await writeGaps(words, ports.sink, stamps, store);
  const { candles, rejects } = recorder.counters;
  return {
    ...{ expected, filled, notGiven, left, candles },
    gapsClosed: words.filter(({ state }) => state === 'closed').length,
    rejects: [...rejects.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Asks the venue for what is missing in the range, until it has given what it has, or a stop. */
async function fetchMissing(
  recorder: VenueRecorder,
  seen: IdIntervals,
  options: BackfillOptions,
  ports: BackfillPorts,
): Promise<Pick<BackfillResult, 'expected' | 'filled' | 'notGiven' | 'left'>> {
  const { market, range } = options;
  const page = pagesOf(recorder, options, ports);
  /** What was asked for; null where a stop cut it short. */
  const unlessCut = async <T>(asked: Promise<T>): Promise<T | null> =>
    await asked.catch((error: unknown) => {
      if (ports.signal.aborted) return null;
      throw error;
    });
  const ids = await unlessCut(idsOf(options, ports.store, page, seen));
  if (ids === null) return { expected: 0, filled: 0, notGiven: [], left: [] };
  const missing = (): readonly IdRange[] => missingFrom(seen, ...ids);
  const total = countOf(missing());
  ports.onMissing(total);
  const notGiven = await unlessCut(
    fillIds(ids, {
      page,
      missing: (of) => missingFrom(seen, ...of),
      notBefore: async (id) => Math.max(await recorder.timeOf(market.symbol, id - 1), range.from),
      take: async (taken) => {
        recorder.page(taken);
        ports.onFilled(total - countOf(missing()));
        if (recorder.dirtyWindows > DIRTY_WINDOWS_MAX) await fold(recorder);
        else if (recorder.pendingRows > PENDING_ROWS_MAX) {
          recorder.flush();
          await recorder.ready();
        }
      },
    }),
  );
  const left = missing();
  return {
    ...{ expected: Math.max(ids[1] - ids[0] + 1, 0), filled: total - countOf(left), notGiven: notGiven ?? [] },
    left: notGiven === null && left.length > 0 ? left : null,
  };
}

/** Asks the venue for pages of the market, again and again until it gives them. */
function pagesOf(recorder: VenueRecorder, { venue, market }: BackfillOptions, ports: BackfillPorts) {
  const { symbols } = recorder.state;
  const symbol = symbols.codeOf(market.symbol);
  return (range: TradeRange, cursor: string | null): Promise<TradePage> => {
    const ask = (): Promise<TradePage> =>
      ports.rest.get(venue.rest.trades(venue.toVenueSymbol(market.symbol), range, cursor), (body) =>
        venue.rest.readTrades(body, { range, cursor, symbol, symbols, receiveTime: ports.world.clock.nowNs() }),
      );
    return unlessStopped(ports.signal, ports.wait, () => persistently(ask, ports));
  };
}

/** The ids whose trades are in the range. */
async function idsOf(
  { venue, market, range, isRecorded }: BackfillOptions,
  store: BackfillStore,
  page: (range: TradeRange, cursor: null) => Promise<TradePage>,
  seen: IdIntervals,
): Promise<IdRange> {
  const firstPage = (of: TradeRange): Promise<TradePage> => page(of, null);
  const firstFrom = async (time: number): Promise<number> => {
    const { before, after } = await store.around(time);
    if (before !== null && after?.id === before.id + 1) return after.id;
    if (venue.rest.pagesBeginAt === 'time') {
      // If all are older, the venue's newest trades, returned if no time is given, reveal the last one.
      return (
        (await locateByTime(time, firstPage)) ??
        1 + newestOf(await firstPage({ firstId: 0, lastId: Number.MAX_SAFE_INTEGER, notBefore: 0 }))
      );
    }
    if (before === null && after === null) {
      throw new SeracError(
        'not_found',
        `No trades of ${feedIdText(market)} are stored, and ${venue.name} can be queried by trade id only: record the market for a moment first.`,
      );
    }
    return await locateById(time, before, after, firstPage);
  };
  const first = await firstFrom(range.from);
  const last = (await firstFrom(range.to)) - 1;
  return [first, isRecorded ? Math.min(last, seen.last ?? -1) : last];
}

/** Waits until pending rows are stored, and recomputes the affected windows. */
async function fold(recorder: VenueRecorder): Promise<void> {
  recorder.flush();
  // The first round waits until the trades are stored, the second recomputes the windows that they affect.
  await recorder.reconciliation.foldPending();
  await recorder.reconciliation.foldPending();
}

function newestOf({ trades }: TradePage): number {
  return trades.id.subarray(0, trades.length).reduce((newest, id) => Math.max(newest, id), -1);
}

function countOf(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/**
 * The states of a market's gaps after a backfill: filled ones are closed, and ids that the venue does not have are unrepairable.
 * @param known gaps that are not closed
 * @param seen all ids covered now
 * @param notGiven ids not available at the venue, lowest first
 */
export function wordsAfterBackfill(
  market: FeedId,
  { known, seen, notGiven, nowUs }: { known: readonly Gap[]; seen: IdIntervals; notGiven: readonly IdRange[]; nowUs: number },
): Gap[] {
  const said = known.flatMap((gap): Gap[] => {
    if (gap.last === null) return openEnded(gap, seen, nowUs);
    if (seen.countWithin(gap.first, gap.last) === gap.last - gap.first + 1) return [{ ...gap, state: 'closed', closedAt: nowUs }];
    const isGivenUp = notGiven.some(([first, last]) => first <= gap.last! && last >= gap.first);
    return isGivenUp && gap.state === 'open' ? [{ ...gap, state: 'unrepairable' }] : [];
  });
  const inside = notGiven.filter(([first, last]) => first > (seen.first ?? Infinity) && last < (seen.last ?? -1));
  const unlisted = inside.filter(([first, last]) => !known.some((gap) => gap.first <= first && (gap.last ?? Infinity) >= last));
  return [
    ...said,
    ...unlisted.map(([first, last]): Gap => ({
      ...{ ...market, first, last, reason: 'missed', state: 'unrepairable' },
      ...{ openedAt: nowUs, closedAt: null },
    })),
  ];
}

/** An open-ended shed range: the received part is closed, and the rest stays open. */
function openEnded(gap: Gap, seen: IdIntervals, nowUs: number): Gap[] {
  const run = seen.rangeOf(gap.first);
  if (run === undefined) return [];
  return [
    { ...gap, last: run[1], state: 'closed', closedAt: nowUs },
    { ...gap, first: run[1] + 1 },
  ];
}
