import { checkpointRow, rejectRow } from '../../codec/row-json.js';
import { type Candle, fitsColumns, INTERVALS } from '../../domain/candle.js';
import { eachRun } from '../../domain/id-intervals.js';
import type { Checkpoint } from '../../domain/ports/recording-store.js';
import type { Fate } from '../../domain/ports/sink.js';
import type { Reject, RejectCounts } from '../../domain/reject.js';
import { rowsBetween, type TradeBlock } from '../../domain/trade-block.js';
import { candlesParcel, rowsParcel, tradesParcel, type Parcel, type ParcelOutcome, type RefusedRange } from '../../sinks/parcel.js';
import type { StaleWindow } from '../../streams/candles/stale-windows.js';
import type { MarketState } from '../../streams/market-state.js';
import { AcknowledgedIds, AckWatermark, PendingBlocks } from './acknowledgements.js';
import type { RecorderCounters } from './recorder-counters.js';
import type { RecorderPorts } from './recorder-ports.js';
import { refusedReject, takeBack, type RefusedTrades } from './take-back.js';

/** What a batcher works with. */
export interface BatcherParts extends Pick<RecorderPorts, 'outlet' | 'nowUs' | 'stamp'> {
  readonly counters: RecorderCounters;
  /** Evicted as far as the acknowledgements reach. */
  readonly state: MarketState;
  /** The store refused trades, and they were taken back. */
  readonly onRefused?: (refused: readonly RefusedTrades[]) => void;
}

interface HeldCandles {
  readonly block: number;
  candles: readonly Candle[];
  readonly settled: () => void;
}

const FATES: readonly Fate[] = ['rejected', 'refused', 'set_aside'];

/** Windows with a refused candle that are remembered: each is recomputed and written only once more. */
const REFUSED_WINDOWS_MAX = 10_000;

/**
 * Hands trades, candles and rejects to the lane, and releases them once every row has an outcome. Writes run concurrently, so candles wait until
 * their trades are stored: a kill must not leave a candle of lost trades.
 */
export class Batcher {
  /** Trades in flight. */
  readonly pending = new PendingBlocks();
  /** Ids of the acknowledged ones. */
  readonly stored: AcknowledgedIds;
  #candles: Candle[] = [];
  #rejects: Reject[] = [];
  /** Candles whose trades are not acknowledged yet, and the newest block of those trades. */
  readonly #heldCandles: HeldCandles[] = [];
  readonly #refusedWindows = new Set<string>();
  readonly #tradeAcks = new AckWatermark();
  readonly #candleAcks = new AckWatermark();
  readonly #limiter: RejectLimiter;
  /**
   * Set once trades were spooled, and never cleared: from then on no candles are sent or folded, and no checkpoints. When the spool is empty a
   * new recorder takes the place of this one, and starts from the stored trades.
   */
  #hasSpooled = false;
  /** No flush follows: what a request in flight still brings is sent as it comes. */
  #isClosed = false;
  /** Rows that were spooled, by symbol code. */
  readonly #spooled = new Map<number, number>();

  constructor(
    private readonly parts: BatcherParts,
    rejectsPerSecondMax: number,
  ) {
    this.stored = new AcknowledgedIds(parts.state);
    this.#limiter = new RejectLimiter(rejectsPerSecondMax);
  }

  /** Accepted rows that are not acknowledged, by symbol code: in memory, or on disk. */
  unacknowledged(symbols: number): Uint32Array {
    const rows = this.pending.rowsBySymbol(symbols);
    for (const [code, spooled] of this.#spooled) rows[code]! += spooled;
    return rows;
  }

  /** Whether all trades up to a block are stored. */
  isStored(block: number): boolean {
    return !this.#hasSpooled && (block <= this.#tradeAcks.settledUpTo || this.pending.isEmpty);
  }

  /** @param block number of the block, higher than all before it */
  addTrades(block: number, trades: TradeBlock): void {
    this.parts.counters.accepted += trades.length;
    this.pending.add(block, trades);
    const settled = this.#tradeAcks.open(block);
    this.parts.outlet.send(
      tradesParcel(trades, (outcome) => {
        this.#tradesSettled(trades, outcome);
        settled();
        this.pending.release(this.#tradeAcks.settledUpTo);
        this.#sendCandles();
      }),
    );
    if (this.#isClosed) this.flush();
  }

  /** The last flush has been. */
  close(): void {
    this.#isClosed = true;
    this.flush();
  }

  addCandles(candles: readonly Candle[]): void {
    const { counters } = this.parts;
    counters.candles += candles.length;
    for (const candle of candles) {
      if (fitsColumns(candle.sums)) this.#candles.push(candle);
      else counters.candleOverflows += 1;
    }
  }

  /** Counts a reject, and keeps it unless too many arrived in its second. */
  addReject(reject: Reject): void {
    if (this.#limiter.admits(reject.receiveTime)) this.#noteReject(reject);
    else {
      this.#countReject(reject);
      this.parts.counters.rejectsDropped += 1;
    }
  }

  /** Counts rejects that are not kept. */
  countRejects(counts: RejectCounts): void {
    const { counters } = this.parts;
    for (const [reason, count] of counts) {
      counters.rejects.set(reason, (counters.rejects.get(reason) ?? 0) + count);
      counters.rejectsDropped += count;
    }
  }

  #noteReject(reject: Reject): void {
    this.#countReject(reject);
    this.#rejects.push(reject);
  }

  #countReject({ reason }: Reject): void {
    const { rejects } = this.parts.counters;
    rejects.set(reason, (rejects.get(reason) ?? 0) + 1);
  }

  /** Sends everything collected to the lane. */
  flush(): void {
    this.parts.outlet.flush(this.parts.state.symbols);
    if (this.#candles.length > 0) this.#flushCandles();
    if (this.#rejects.length > 0) this.#flushRejects();
  }

  #flushRejects(): void {
    const { outlet, nowUs } = this.parts;
    const rows = this.#rejects.map((reject) => rejectRow(reject, nowUs()));
    this.#rejects = [];
    outlet.send(rowsParcel('rejects', rows, this.#candleAcks.open(this.#candleAcks.newest)));
  }

  #tradesSettled(trades: TradeBlock, { stored, spooled, refused }: ParcelOutcome): void {
    const { counters } = this.parts;
    counters.refused += trades.length - stored - spooled;
    counters.acknowledged += stored;
    counters.spooled += spooled;
    if (spooled > 0) {
      this.#hasSpooled = true;
      eachRun([trades], (code, first, last) => this.#spooled.set(code, (this.#spooled.get(code) ?? 0) + last - first + 1));
      return;
    }
    this.stored.add(refused.length === 0 ? [trades] : outside(trades, refused));
    this.#takeBackRefused(trades, refused);
  }

  #flushCandles(): void {
    const settled = this.#candleAcks.open(this.parts.state.emission);
    const release = (): void => {
      settled();
      // Candles are sent after their trades, so this is the time to evict windows: it visits each of a thousand symbols.
      this.parts.state.release(this.#tradeAcks.settledUpTo, this.#candleAcks.settledUpTo);
    };
    this.#heldCandles.push({ block: this.#tradeAcks.newest, candles: this.#candles, settled: release });
    this.#candles = [];
    this.#sendCandles();
  }

  #sendCandles(): void {
    while (this.#heldCandles.length > 0 && this.#heldCandles[0]!.block <= this.#tradeAcks.settledUpTo) {
      const held = this.#heldCandles.shift()!;
      if (held.candles.length === 0 || this.#hasSpooled) held.settled();
      else
        this.parts.outlet.send(
          candlesParcel(held.candles, ({ refused }) => {
            this.#evictRefused(refused.flatMap(({ from, to }) => held.candles.slice(from, to)));
            held.settled();
          }),
        );
    }
  }

  /** Trades refused one by one become rejects; the lane keeps the others in files. Their ids are missing again. */
  #takeBackRefused(trades: TradeBlock, refused: readonly RefusedRange[]): void {
    for (const fate of FATES) {
      const ranges = refused.filter((range) => range.fate === fate);
      const taken = ranges.flatMap(({ from, to }) => rowsBetween([trades], from, to));
      if (taken.length > 0) this.#takeBack(taken, fate);
      if (fate === 'rejected')
        for (const [at, { error }] of ranges.entries()) this.#noteReject(refusedReject(taken[at]!, 0, error.message));
    }
  }

  /** Trades were refused: candles that count them and are not written yet are dropped. */
  #takeBack(blocks: readonly TradeBlock[], reason: RefusedTrades['reason']): void {
    const { state } = this.parts;
    const refused = takeBack(blocks, state, reason);
    const gone = new Set<string>();
    for (const { code, windows } of refused) for (const window of windows) gone.add(keyOf(code, window));
    const isLeft = (candle: Candle): boolean => !gone.has(this.#keyOf(candle));
    this.#candles = this.#candles.filter(isLeft);
    for (const held of this.#heldCandles) held.candles = held.candles.filter(isLeft);
    this.parts.onRefused?.(refused);
  }

  /** Candles were refused: their windows are recomputed from the store, once, as after a kill. */
  #evictRefused(candles: readonly Candle[]): void {
    const { state, counters } = this.parts;
    counters.candlesRefused += candles.length;
    for (const candle of candles) {
      const key = this.#keyOf(candle);
      if (this.#refusedWindows.has(key) || this.#refusedWindows.size === REFUSED_WINDOWS_MAX) continue;
      this.#refusedWindows.add(key);
      state.of(state.symbols.codeOf(candle.symbol)).book.evict([{ level: INTERVALS.indexOf(candle.interval), openTime: candle.openTime }]);
    }
  }

  #keyOf({ symbol, interval, openTime }: Candle): string {
    return keyOf(this.parts.state.symbols.codeOf(symbol), { level: INTERVALS.indexOf(interval), openTime });
  }

  /** Sends checkpoints; none once trades were spooled, as a checkpoint says that what it covers is stored. */
  sendCheckpoints(checkpoints: readonly Checkpoint[]): void {
    if (this.#hasSpooled) return;
    const { outlet, stamp } = this.parts;
    const rows = checkpoints.map((checkpoint) => checkpointRow(checkpoint, stamp()));
    outlet.send(rowsParcel('checkpoints', rows, this.#candleAcks.open(this.#candleAcks.newest)));
  }

  /** Candles that wait for their trades. */
  unsent(): Parcel[] {
    const held = this.#heldCandles.filter(({ candles }) => candles.length > 0);
    return held.map(({ candles, settled }) => candlesParcel(candles, settled));
  }

  /** Resolves when all trades added, and the candles and checkpoints flushed so far, are settled. */
  async settled(): Promise<void> {
    this.parts.outlet.flush(this.parts.state.symbols);
    await Promise.all([this.#tradeAcks.soFar(), this.#candleAcks.soFar()]);
  }
}

/** The rows that were not refused. */
function outside(trades: TradeBlock, refused: readonly RefusedRange[]): TradeBlock[] {
  const ends = [...refused, { from: trades.length }];
  return ends.flatMap(({ from }, at) => rowsBetween([trades], refused[at - 1]?.to ?? 0, from));
}

function keyOf(code: number, { level, openTime }: StaleWindow): string {
  return `${code}:${level}:${openTime}`;
}

const SECOND_NS = 1_000_000_000n;

/** Limits rejects per second of their receive time: a venue that sends garbage must not fill the store. */
export class RejectLimiter {
  #second = 0;
  #count = 0;

  constructor(private readonly perSecondMax: number) {}

  /** @param receiveTime ns. False if the limit of its second is reached. */
  admits(receiveTime: bigint): boolean {
    const second = Number(receiveTime / SECOND_NS);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.perSecondMax;
  }
}
