import { Subject, Subscription } from 'rxjs';
import type { LiveFeed } from '../../actors/venue-actor-types.js';
import type { Candle } from '../../domain/candle.js';
import { tradesBeside } from '../../domain/coverage.js';
import type { FrameBlock } from '../../domain/frame-block.js';
import type { IdRange } from '../../domain/id-intervals.js';
import type { Reject } from '../../domain/reject.js';
import { SymbolTable } from '../../domain/symbol-table.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import type { Control, Decoded, LostFrames, TradePage, Venue } from '../../exchanges/venue.js';
import type { Parcel } from '../../sinks/parcel.js';
import { restore } from '../../streams/candles/refold.js';
import type { Deduped } from '../../streams/dedup.js';
import { farReject, type FarTrade } from '../../streams/far-ids.js';
import { MarketState } from '../../streams/market-state.js';
import { BacklogSignal } from './backlog.js';
import { Batcher } from './batcher.js';
import { Intake } from './intake.js';
import { Reconciliation } from './reconciliation.js';
import { newCounters, type RecorderCounters } from './recorder-counters.js';
import type { RecorderOptions, RecorderPorts } from './recorder-ports.js';
import { Refolder } from './refolder.js';
import type { RefusedTrades } from './take-back.js';

/**
 * Records one venue: frames in, batches of trades and candles out, nothing released before it is acknowledged. It owns the lifetimes
 * (buffers, rounds of folding, acknowledgements); streams/pipeline defines what happens to the data.
 */
export class VenueRecorder {
  readonly state: MarketState;
  readonly counters: RecorderCounters;
  /** Final and revised candles as they become known, for live subscribers. */
  readonly candles$ = new Subject<readonly Candle[]>();
  readonly controls$ = new Subject<{ readonly connectionId: number; readonly controls: readonly Control[] }>();
  /** Frames of a connection that never came. */
  readonly lostFrames$ = new Subject<{ readonly connectionId: number; readonly lost: LostFrames }>();
  /** The decoded contents of each block of frames, before duplicates are dropped. */
  readonly decoded$ = new Subject<Decoded>();
  /** New trades without duplicates. A block is lent: its memory is reused once it is acknowledged. */
  readonly trades$ = new Subject<Deduped>();
  /** Symbols whose holes changed. */
  readonly holes$ = new Subject<ReadonlySet<number>>();
  /** Trades refused by the store: their ids are missing again. */
  readonly refused$ = new Subject<readonly RefusedTrades[]>();

  /** Where the store differs from what is known here. */
  readonly reconciliation: Reconciliation;

  readonly #intake: Intake;
  readonly #batcher: Batcher;
  readonly #refolder: Refolder;
  /** What ends when the recorder does. */
  readonly #listening = new Subscription();

  constructor(
    readonly venue: Venue,
    private readonly ports: RecorderPorts,
    private readonly options: RecorderOptions,
    resolve: (venueSymbol: string) => string | null = (venueSymbol) => venue.toSymbol(venueSymbol),
    /** The recorder that this one replaces: its counters are continued, and the numbers of frames on connections that stay open. */
    before: Pick<VenueRecorder, 'counters' | 'connections'> | null = null,
  ) {
    const counters = before?.counters ?? newCounters();
    this.counters = counters;
    this.state = new MarketState(new SymbolTable(venue.name));
    const { state } = this;
    const backlog = new BacklogSignal((full, behind) => ports.onBacklog?.(full, behind));
    this.#intake = new Intake(
      venue,
      state,
      {
        ...{ ...ports, resolve, judgesIds: ports.onFar !== undefined, onBacklog: (full: boolean) => backlog.set('threads', full) },
        joined: before?.connections ?? new Set(),
      },
      options,
    );
    this.#listening.add(ports.outlet.full$.subscribe((full) => backlog.set('store', full)));
    if (ports.outlet.isFull) backlog.set('store', true);
    this.#batcher = new Batcher(
      { ...ports, state, counters, onRefused: (refused) => this.#onRefused(refused) },
      options.rejectsPerSecondMax,
    );
    this.#refolder = new Refolder(state, {
      ...ports,
      counters,
      isStored: (block) => this.#batcher.isStored(block),
      onCandles: (candles) => this.#onCandles(candles),
      onDone: () => this.flush(),
    });

    this.reconciliation = new Reconciliation({
      ...{ state, store: ports.store, batcher: this.#batcher, refolder: this.#refolder },
      checkpoint: () => this.checkpoint(false),
    });

    const { output } = this.#intake;
    output.decoded$.subscribe((decoded) => {
      counters.decoded += decoded.trades.length;
      counters.ignoredFrames += decoded.ignored;
      for (const { rejected } of decoded.empties) if (!rejected) counters.zeroQuantity += 1;
      for (const reject of decoded.rejects) this.reject(reject);
      if (decoded.moreRejects !== undefined) this.#batcher.countRejects(decoded.moreRejects);
      this.decoded$.next(decoded);
    });
    output.trades$.subscribe((deduped) => {
      this.#onTrades(deduped);
      this.trades$.next(deduped);
    });
    output.candles$.subscribe(({ candles }) => this.#onCandles(candles));
    output.controls$.subscribe((controls) => this.controls$.next(controls));
    output.lostFrames$.subscribe((lost) => this.lostFrames$.next(lost));
  }

  /**
   * Restores the coverage from the store, then accepts frames.
   * @param doubted whether stored rows may be lost: then the checkpoints are compared with the trades themselves
   * @param damaged ids, by symbol, that an earlier start found lost and that are still missing
   * @returns ids, by symbol, that a checkpoint has and the store has not
   */
  async start(doubted = false, damaged?: ReadonlyMap<string, readonly IdRange[]>): Promise<ReadonlyMap<string, readonly IdRange[]>> {
    const lost = await restore(this.state, this.ports.store, this.options.allowedLatenessMs * 1_000, doubted, damaged);
    this.#batcher.stored.restore();
    this.#intake.output.connect();
    return lost;
  }

  /** Connections that have sent frames, to this recorder or to one that it replaced. */
  get connections(): ReadonlySet<number> {
    return this.#intake.connections;
  }

  /** Takes a block of frames. When this returns it is processed, except for the writing; with threads, soon after. */
  frames(block: FrameBlock): void {
    this.#intake.frames(block);
  }

  /** Takes backfilled trades from REST. */
  page(page: TradePage): void {
    this.#intake.page(page);
  }

  /** Our clock gained on the monotonic one, us. */
  slewed(byUs: number): void {
    this.#intake.slewed(byUs);
  }

  /**
   * By how much our clock is ahead of the venue's, us, from the frames of a connection with the least delay; undefined before the first
   * frame.
   */
  aheadOf(connectionId: number): number | undefined {
    return this.#intake.aheadOf(connectionId);
  }

  /**
   * Advances time for quiet symbols, by the venue's time of their live connection.
   * @param feeds every symbol, with the connection that delivers its trades
   * @param flushLate whether late trades are to be written now as revisions
   */
  tick(feeds: Iterable<LiveFeed>, flushLate: boolean): void {
    this.#intake.tick(feeds, flushLate, this.#refolder.queue.held());
  }

  /** Counts a reject, and keeps it unless too many arrived in its second. */
  reject(reject: Reject): void {
    this.#batcher.addReject(reject);
  }

  #onTrades({ trades, block, repeated, holesChanged, neighbours, far }: Deduped): void {
    if (far.length > 0) this.#onFar(far, trades.connectionId);
    this.counters.repeated += repeated;
    if (holesChanged.size > 0) this.holes$.next(holesChanged);
    for (const [code, id] of neighbours) this.#refolder.queue.add(code, { ids: [id], block });
    if (trades.length > 0) this.#batcher.addTrades(block, trades);
    else trades.release();
  }

  #onFar(far: readonly FarTrade[], connectionId: number): void {
    for (const trade of far) this.reject(farReject(trade, this.state.symbols, connectionId));
    this.ports.onFar?.(far);
  }

  #onRefused(refused: readonly RefusedTrades[]): void {
    for (const { code, wereNewest, ids } of refused) {
      if (wereNewest) this.#refolder.newestTakenBack(code);
      this.#refolder.queue.add(code, { ids: tradesBeside(ids, this.state.of(code).coverage), block: this.state.block });
    }
    this.refused$.next(refused);
  }

  #onCandles(candles: readonly Candle[]): void {
    if (candles.length === 0) return;
    this.#batcher.addCandles(candles);
    this.candles$.next(candles);
  }

  /** Sends everything collected to the lane. */
  flush(): void {
    this.#batcher.flush();
  }

  /** Resolves when no block waits for threads and the outlet has room: backpressure for reading files. */
  async ready(): Promise<void> {
    await this.#intake.waiting.atMost(0);
    await this.ports.outlet.room();
  }

  /** Resolves when no more than this many blocks wait for threads. */
  async decoded(blocksMax: number): Promise<void> {
    await this.#intake.waiting.atMost(blocksMax);
  }

  /** Blocks of frames that wait for threads. */
  get waitingBlocks(): number {
    return this.#intake.waiting.count;
  }

  /** Candles that wait for their trades. */
  unsent(): Parcel[] {
    return this.#batcher.unsent();
  }

  /** Accepted rows in memory: neither acknowledged nor spooled nor refused. */
  get pendingRows(): number {
    const { accepted, acknowledged, spooled, refused } = this.counters;
    return accepted - acknowledged - spooled - refused;
  }

  /** Accepted rows without acknowledgement, by symbol code. */
  pendingBySymbol(): Uint32Array {
    return this.#batcher.unacknowledged(this.state.symbols.size);
  }

  /** Accepted trades without acknowledgement, oldest first. */
  pendingTrades(): readonly TradeBlock[] {
    return this.#batcher.pending.trades();
  }

  /** Event time (us) of a trade, from memory or from the store; -1 if neither has it. */
  async timeOf(symbol: string, id: number): Promise<number> {
    const code = this.state.symbols.find(symbol);
    const pending = code === undefined ? undefined : this.#batcher.pending.timeOf(code, id);
    return pending ?? (await this.ports.store.timesOf(this.venue.name, symbol, [id])).get(id) ?? -1;
  }

  /** While a symbol is under repair its late candles wait, up to a bound, so that a repair makes one revision of each. */
  hold(symbol: string, held: boolean): void {
    this.#refolder.queue.hold(this.state.symbols.codeOf(symbol), held);
  }

  /** Recomputes windows whose trades are all stored. One round at a time. */
  maintain(): Promise<void> {
    return this.#refolder.round();
  }

  /** Windows that wait to be recomputed. */
  get dirtyWindows(): number {
    return this.#refolder.dirtyWindows;
  }

  /**
   * Writes everything, including forming candles, and waits for the acknowledgement.
   * @param verifies false if another recorder of the venue may still have candles to write: then the next start checks them
   */
  async drain({ verifies = true }: { readonly verifies?: boolean } = {}): Promise<void> {
    this.#refolder.queue.unhold();
    await this.#intake.waiting.atMost(0);
    this.flush();
    await this.#batcher.settled();
    await this.#refolder.round(true);
    this.#onCandles(this.state.unfinished());
    this.flush();
    await this.#batcher.settled();
    // Candles refused just now are recomputed and written once more.
    await this.#refolder.round(true);
    await this.#batcher.settled();
    // Windows that could not be recomputed, or were refused, are left to the next start: then this stop does not verify the candles.
    const { refused, candlesRefused } = this.counters;
    this.checkpoint(verifies && this.#refolder.isDone && refused === 0 && candlesRefused === 0);
    await this.#batcher.settled();
    this.#batcher.close();
    this.#listening.unsubscribe();
  }

  /**
   * Checkpoints which ids are stored.
   * @param clean whether the candles are all written too: a clean stop
   */
  checkpoint(clean: boolean): void {
    const checkpoints = this.#batcher.stored.checkpoints(clean && this.reconciliation.isDone);
    if (checkpoints.length > 0) this.#batcher.sendCheckpoints(checkpoints);
  }
}
