import { auditOf, type Audit, type AuditView, type TradeMark } from '../domain/audit.js';
import type { GapsView } from '../domain/gap.js';
import { IdIntervals, type IdRange } from '../domain/id-intervals.js';
import type { TimeRange } from '../domain/ports/reader.js';
import type { KnownTimes } from '../domain/trade-times.js';
import type { FeedId } from '../domain/symbol.js';
import { VENUES } from '../exchanges/registry.js';
import type { VenueRecorder } from '../recording/recorder/venue-recorder.js';

/** What the audit needs from the store; implemented by src/store/queries/stored-coverage.ts. */
export interface CoverageStore {
  marks(market: FeedId, range: TimeRange): Promise<{ readonly before: TradeMark | null; readonly after: TradeMark | null }>;
  ids(market: FeedId, first: number, last: number): Promise<IdIntervals>;
  noted(market: FeedId): Promise<{ readonly empty: readonly IdRange[]; readonly rejected: readonly IdRange[] }>;
}

export interface AuditReaderPorts {
  readonly stored: (signal?: AbortSignal) => CoverageStore;
  readonly gaps: GapsView;
  readonly recorderOf: (exchange: string) => VenueRecorder | null;
  /** Whether the market is recorded now: then nothing newer than what is in memory can be stored. */
  readonly isRecorded: (market: FeedId) => boolean;
}

/** Gaps of the audited market. */
const GAPS_MAX = 10_000;

/** What the recorder has of a market that may not be stored yet. */
interface InMemory {
  readonly ids: IdIntervals;
  readonly before: TradeMark | null;
  readonly after: TradeMark | null;
  /** Newest covered id; Infinity if it does not record the market. */
  readonly top: number;
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  /** What is known of times that do not rise with the ids. */
  readonly times?: KnownTimes;
}

/** For a market without any trade, received or stored. */
const NOTHING_YET: InMemory = { ids: new IdIntervals(), before: null, after: null, top: -1, empty: [], rejected: [] };

/** Audits from the stored trades themselves, and from those in memory and not acknowledged. Memory is read first, as in MarketReader. */
export class AuditReader implements AuditView {
  constructor(private readonly ports: AuditReaderPorts) {}

  async audit(market: FeedId, range: TimeRange, signal?: AbortSignal): Promise<Audit> {
    const memory = this.#inMemory(market, range);
    const stored = this.ports.stored(signal);
    const wide = idsBetween(memory, await stored.marks(market, range));
    const ids = await stored.ids(market, wide.first, wide.last);
    ids.addAll(memory?.ids.ranges() ?? []);
    // A gap may have been filled since the marks were read: of what was just read they are looked for again, for it may lie outside the range.
    const { first, last, before, after } = idsBetween(memory, await stored.marks(market, range));
    const present = ids.within(new IdIntervals(first <= last ? [[first, last]] : []));
    const { empty, rejected } = memory ?? (await stored.noted(market));
    const { exchange, symbol } = market;
    return auditOf({
      provable: VENUES.find(({ name }) => name === exchange)?.proof === 'contiguous-ids',
      ...{ before, after, present, outOfOrder: isOutOfOrder(range, before, after, memory?.times) },
      empty: new IdIntervals([...empty, ...rejected]),
      rejected: new IdIntervals(rejected),
      gaps: await this.ports.gaps.gaps({ exchange, symbol, states: ['open', 'unrepairable'], limit: GAPS_MAX }, signal),
    });
  }

  #inMemory(market: FeedId, { from, to }: TimeRange): InMemory | null {
    const { exchange, symbol } = market;
    const recorder = this.ports.recorderOf(exchange);
    const code = recorder?.state.symbols.find(symbol);
    const isRecorded = this.ports.isRecorded(market);
    if (recorder === null || (code === undefined && !isRecorded)) return null;
    if (code === undefined) return NOTHING_YET;
    const { coverage } = recorder.state.of(code);
    const ids = new IdIntervals();
    let before: TradeMark | null = null;
    let after: TradeMark | null = null;
    for (const { length, symbol: codes, id, eventTime } of recorder.pendingTrades()) {
      for (let row = 0; row < length; row++) {
        if (codes[row] !== code) continue;
        ids.add(id[row]!);
        const trade = { id: id[row]!, eventTime: eventTime[row]! };
        if (trade.eventTime < from) before = higher(before, trade);
        else if (trade.eventTime >= to) after = lower(after, trade);
      }
    }
    const [empty, rejected] = [coverage.empty.ranges(), coverage.rejected.ranges()];
    return {
      ids,
      before,
      after,
      top: isRecorded ? (coverage.seen.last ?? NOTHING_YET.top) : Infinity,
      empty,
      rejected,
      times: coverage.times,
    };
  }
}

/** The ids that lie in a range of time, and the trades on both sides of them. */
function idsBetween(memory: InMemory | null, marks: Awaited<ReturnType<CoverageStore['marks']>>) {
  const before = higher(memory?.before ?? null, marks.before);
  const first = lower(memory?.after ?? null, marks.after);
  const top = memory?.top ?? Infinity;
  // Batches may be stored in another order than they were received: of ids newer than those in memory some may be missing yet.
  const after = first !== null && first.id > top ? null : first;
  const last = Math.min(after === null ? Number.MAX_SAFE_INTEGER : after.id - 1, top);
  return { before, after, first: before === null ? 0 : before.id + 1, last };
}

/** Whether a trade of the range has an id beyond the trades beside it, so that ids say nothing of what is missing there. */
function isOutOfOrder({ from, to }: TimeRange, before: TradeMark | null, after: TradeMark | null, times?: KnownTimes): boolean {
  for (const [id, time] of times?.points() ?? []) {
    if (before !== null && id <= before.id && time >= from) return true;
    if (after !== null && id >= after.id && time < to) return true;
  }
  return false;
}

function higher(a: TradeMark | null, b: TradeMark | null): TradeMark | null {
  return a === null || (b !== null && b.id > a.id) ? b : a;
}

function lower(a: TradeMark | null, b: TradeMark | null): TradeMark | null {
  return a === null || (b !== null && b.id < a.id) ? b : a;
}
