import type { FrameBlock } from '../../domain/frame-block.js';
import type { Reject, RejectCounts } from '../../domain/reject.js';
import type { SymbolTable } from '../../domain/symbol-table.js';
import { ORIGIN, TradeBlock } from '../../domain/trade-block.js';
import type { VenueClock } from '../../domain/venue-clock.js';
import type { Control, Decoded, EmptyId, LostFrames } from '../venue.js';
import type { FrameScanner, GeneralFrame } from './frame-format.js';
import { type FrameNumbers, joinLost } from './frame-numbers.js';
import { Refusal } from './general-trade.js';
import { inOrder, type ReadTrade, type RefusedTrade, sortRows } from './read-trade.js';
import type { RejectQuota } from './reject-quota.js';
import { REJECT_RAW_MAX, TradeWriter, type Arrival } from './trade-writer.js';

/** Smallest size of a trade in a frame, bytes; for a first guess at the rows of a block. */
const TRADE_BYTES = 128;

/** Most rejects without a readable id per frame. */
const NAMELESS_MAX = 1_000;

/** The decoded contents of a frame block, built frame by frame: times are checked here, and each frame's trades are sorted. */
export class DecodedFrames implements Decoded {
  readonly trades: TradeBlock;
  readonly rejects: readonly Reject[];
  moreRejects: RejectCounts | undefined;
  readonly empties: readonly EmptyId[];
  readonly controls: Control[] = [];
  ignored = 0;
  lostFrames: LostFrames | undefined;
  venueTime = -1;
  localTime = 0;
  readonly #writer: TradeWriter;
  readonly #isLive: boolean;
  #frame = 0;
  /** The frame as text, made on demand: all rejects of a frame share it. */
  #raw: string | null = null;

  constructor(
    private readonly frames: FrameBlock,
    symbols: SymbolTable,
    private readonly clock: VenueClock,
    private readonly numbers: FrameNumbers,
    private readonly newestFirst: boolean,
    private readonly text: InstanceType<typeof TextDecoder>,
    quota: RejectQuota,
  ) {
    this.trades = new TradeBlock(symbols, frames.connectionId, frames.count + Math.ceil(frames.length / TRADE_BYTES));
    this.#writer = new TradeWriter(this.trades, (reason) => quota.admits(reason, this.localTime));
    this.rejects = this.#writer.rejects;
    this.empties = this.#writer.empties;
    this.#isLive = frames.origin === 'live';
  }

  /** Index of the next frame. */
  begin(frame: number): void {
    this.#frame = frame;
    this.#raw = null;
    this.localTime = Number(this.frames.receiveTime[frame]!) / 1_000;
  }

  /**
   * Accepts the rows that a scanner wrote for the frame, up to `rows`.
   * @returns false, and changes nothing, if one of their times is suspicious: the general parser then handles them one by one.
   */
  takeScanned({ sentAt, sequence, isSnapshot }: FrameScanner, rows: number): boolean {
    const { trades, clock, localTime } = this;
    const from = trades.length;
    let earliest = trades.eventTime[from]!;
    let latest = earliest;
    for (let row = from + 1; row < rows; row++) {
      const time = trades.eventTime[row]!;
      if (time < earliest) earliest = time;
      if (time > latest) latest = time;
    }
    if (this.#isAbsurd(earliest, sentAt, isSnapshot) || this.#isAbsurd(latest, sentAt, isSnapshot)) return false;
    if (!this.#accept(sentAt, sequence)) return true;
    if (sentAt < 0) {
      if (!isSnapshot) clock.observe(latest, localTime);
      this.venueTime = Math.max(this.venueTime, latest);
    }
    sortRows(trades, from, rows, this.newestFirst);
    trades.sequence.fill(sequence, from, rows);
    trades.origin.fill(this.#origin(isSnapshot), from, rows);
    trades.receiveTime.fill(this.frames.receiveTime[this.#frame]!, from, rows);
    trades.length = rows;
    return true;
  }

  /** Accepts the frame as the general parser read or rejected it. */
  takeGeneral(frame: GeneralFrame | Refusal): void {
    if (frame instanceof Refusal) {
      this.#writer.refuse({ code: -1 }, frame, this.#arrival(-1, false));
      return;
    }
    this.controls.push(...frame.controls);
    if (frame.isOther) this.ignored += 1;
    if (!this.#accept(frame.sentAt, frame.sequence)) return;
    const trades = inOrder(frame.trades, this.newestFirst);
    if (frame.sentAt < 0) this.#hearTrades(trades.filter((trade) => trade.kind === 'trade'));
    let shown = 0;
    let more: RefusedTrade | undefined;
    for (const trade of trades) {
      // Entries without an id are only shown: the rest of a very long list is counted.
      if (trade.kind === 'refused' && trade.id === undefined && ++shown > NAMELESS_MAX) {
        more = trade;
        continue;
      }
      const arrival = this.#arrival(frame.sequence, trade.kind === 'trade' && trade.isSnapshot);
      if (trade.kind === 'refused') this.#writer.refuse(trade, trade.refusal, arrival);
      else if (!this.#isAbsurd(trade.time, frame.sentAt, trade.isSnapshot)) this.#writer.write(trade, arrival);
      else this.#writer.refuse(trade, new Refusal('absurd_time', `event time ${trade.time} us, ${this.#sent(frame.sentAt)}`), arrival);
    }
    if (more !== undefined) {
      const { reason, detail } = more.refusal;
      const refusal = new Refusal(reason, `${detail}, and ${shown - NAMELESS_MAX} more such trades in the frame`);
      this.#writer.refuse({ code: -1 }, refusal, this.#arrival(frame.sequence, false));
    }
  }

  /**
   * Gives a frame's time to the clock, and counts lost frames before it. Returns false if its own time is absurd: then the frame was
   * rejected.
   */
  #accept(sentAt: number, sequence: number): boolean {
    if (sentAt >= 0 && !this.clock.observe(sentAt, this.localTime)) {
      this.#writer.refuse({ code: -1 }, new Refusal('absurd_time', this.#sent(sentAt)), this.#arrival(sequence, false));
      return false;
    }
    if (sentAt > this.venueTime) this.venueTime = sentAt;
    if (sequence >= 0) {
      const lost = this.numbers.take(sequence, this.#isLive);
      if (lost > 0) this.lostFrames = joinLost(this.lostFrames, { first: sequence - lost, last: sequence - 1, count: lost });
    }
    return true;
  }

  /**
   * Takes the venue's time from the trades of a frame without a send time: the newest that is not absurd. If all are, the clock may be
   * wrong: it decides. A snapshot gives only a lower bound.
   */
  #hearTrades(trades: readonly ReadTrade[]): void {
    const { clock, localTime } = this;
    const newest = (some: readonly ReadTrade[]): number => some.reduce((time, trade) => Math.max(time, trade.time), -1);
    const fine = trades.filter(({ time, isSnapshot }) =>
      isSnapshot ? !clock.isAbsurd(time, localTime) : !clock.isAbsurdNow(time, localTime),
    );
    this.venueTime = Math.max(this.venueTime, newest(fine));
    const sent = fine.filter(({ isSnapshot }) => !isSnapshot);
    if (sent.length > 0) clock.observe(newest(sent), localTime);
    else if (fine.length === 0 && trades.some(({ isSnapshot }) => !isSnapshot)) {
      const time = newest(trades.filter(({ isSnapshot }) => !isSnapshot));
      if (clock.observe(time, localTime)) this.venueTime = Math.max(this.venueTime, time);
    }
  }

  /** A trade of an update is about as old as its frame. One of a snapshot, or of a frame without a time, may have any age. */
  #isAbsurd(time: number, sentAt: number, isSnapshot: boolean): boolean {
    const { clock, localTime } = this;
    if (sentAt < 0) return isSnapshot ? clock.isAbsurd(time, localTime) : clock.isAbsurdNow(time, localTime);
    if (time > sentAt + clock.maxSkewUs) return true;
    return time < sentAt - clock.maxSkewUs && (!isSnapshot || clock.isAbsurd(time, localTime));
  }

  #sent(sentAt: number): string {
    return sentAt < 0 ? `received at ${Math.floor(this.localTime)} us` : `sent at ${sentAt} us`;
  }

  #origin(isSnapshot: boolean): number {
    return this.#isLive && isSnapshot ? ORIGIN.snapshot : ORIGIN[this.frames.origin];
  }

  #arrival(sequence: number, isSnapshot: boolean): Arrival {
    const { frames } = this;
    const frame = this.#frame;
    return {
      origin: this.#origin(isSnapshot),
      sequence,
      receiveTime: frames.receiveTime[frame]!,
      raw: () => (this.#raw ??= this.text.decode(frames.frame(frame).subarray(0, REJECT_RAW_MAX))),
    };
  }
}
