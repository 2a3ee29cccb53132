import { Subject } from 'rxjs';
import { fitsColumns, type Candle } from '../../domain/candle.js';
import type { FrameBlock } from '../../domain/frame-block.js';
import { IdIntervals } from '../../domain/id-intervals.js';
import { INTERVAL_US, openTimeUs } from '../../domain/interval.js';
import type { Batch, Checkpoint, StoredRun } from '../../domain/ports.js';
import type { Reject } from '../../domain/reject.js';
import { SymbolTable } from '../../domain/symbol-table.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import { VenueClock } from '../../domain/venue-clock.js';
import type { Control, Decode, Decoded, TradePage, Venue } from '../../exchanges/venue.js';
import { MarketState } from '../../streams/market-state.js';
import { pipeline, type PipelineOutput } from '../../streams/pipeline.js';
import { refold, restore, windowsOver } from '../../streams/refold.js';
import type { Deduped } from '../../streams/dedup.js';
import type { Tick } from '../../streams/fold-candles.js';
import type { DirtyWindow } from '../../streams/symbol-book.js';
import { AckOrder } from './ack-order.js';
import type { Backlog, RecorderOptions, RecorderPorts } from './recorder-ports.js';

/** Connections whose decoders are kept; the oldest is let go of first, and made anew if it speaks again. */
const DECODERS_MAX = 256;

/** Blocks that wait for threads at which sockets are paused: some 40 MB, or half a second of a million trades a second. */
const WAITING_BLOCKS_MAX = 256;

/** Windows of a symbol under repair at which they are folded again though the repair goes on. */
const HELD_WINDOWS_MAX = 50_000;
/** Longest wait for the next page of a repair: a ban must not keep candles that other trades changed. */
const HOLD_MAX_US = 30_000_000;

/** What the recorder has done since it began. */
export interface RecorderCounters {
  /** Trades read, repeats included. */
  decoded: number;
  /** Copies dropped before the store. */
  repeated: number;
  /** Trades accepted, each once. */
  accepted: number;
  acknowledged: number;
  ignoredFrames: number;
  zeroQuantity: number;
  candles: number;
  /** Candles whose numbers do not fit their columns. */
  candleOverflows: number;
  refolds: number;
  readonly rejects: Map<string, number>;
  rejectsDropped: number;
}

/**
 * Records one venue: frames in, batches of trades and candles out, and nothing forgotten before it is acknowledged. It owns the
 * lifetimes (buffers, rounds of folding, acknowledgements); what happens to the data stands in streams/pipeline.
 */
export class VenueRecorder {
  readonly state: MarketState;
  readonly counters: RecorderCounters = {
    ...{ decoded: 0, repeated: 0, accepted: 0, acknowledged: 0, ignoredFrames: 0, zeroQuantity: 0 },
    ...{ candles: 0, candleOverflows: 0, refolds: 0, rejects: new Map<string, number>(), rejectsDropped: 0 },
  };
  /** Final and revised candles as they become known, for live subscribers. */
  readonly candles$ = new Subject<readonly Candle[]>();
  readonly controls$ = new Subject<{ readonly connectionId: number; readonly controls: readonly Control[] }>();
  /** What each block of frames held, before repeats are dropped. */
  readonly decoded$ = new Subject<Decoded>();
  /** New trades, each once. */
  readonly trades$ = new Subject<Deduped>();
  /** Symbols whose holes changed. */
  readonly holes$ = new Subject<ReadonlySet<number>>();

  readonly #frames = new Subject<FrameBlock>();
  readonly #pages = new Subject<Decoded>();
  readonly #ticks = new Subject<Tick>();
  readonly #decoders = new Map<number, { decode: Decode; clock: VenueClock }>();
  readonly #output: PipelineOutput;

  #blocks: TradeBlock[] = [];
  #rows = 0;
  #newestBlock = 0;
  #candles: Candle[] = [];
  /** Encoded candles whose trades are not acknowledged yet, and the newest block of those. */
  readonly #heldCandles: { readonly block: number; readonly batch: Batch; readonly acknowledged: () => void }[] = [];
  #rejects: Reject[] = [];
  #rejectWindow = 0;
  /** Blocks that no acknowledgement covers yet, oldest first. */
  readonly #unacknowledged: { readonly block: number; readonly trades: TradeBlock }[] = [];
  readonly #tradeAcks = new AckOrder();
  readonly #candleAcks = new AckOrder();
  /** Ids stored, by symbol code: what a restart may rely on. */
  readonly #stored = new Map<number, IdIntervals>();
  /** Symbols with windows to fold again, and the block that must be stored before. */
  readonly #dirty = new Map<number, { windows: DirtyWindow[]; ids: number[]; block: number }>();
  /** Symbols under repair, and until when (us) their late candles wait at most. */
  readonly #held = new Map<number, number>();
  readonly #unsent = new Set<Batch>();
  #waitingBlocks = 0;
  #whenDecoded: () => void = () => undefined;
  readonly #behind = new Set<Backlog>();
  #outbox: Promise<void> = Promise.resolve();
  /** Time (us) up to which an earlier stop vouches for the candles, and whether those after it have been looked at since. */
  #cleanSince = 0;
  #reconciled = false;
  #maintenance: Promise<void> = Promise.resolve();

  constructor(
    readonly venue: Venue,
    private readonly ports: RecorderPorts,
    private readonly options: RecorderOptions,
    private readonly resolve: (venueSymbol: string) => string | null = (venueSymbol) => venue.toSymbol(venueSymbol),
  ) {
    this.state = new MarketState(new SymbolTable(venue.name));
    this.#output = pipeline(this.#frames, this.#pages, this.#ticks, {
      state: this.state,
      decode: (frames) => this.#decoder(frames.connectionId).decode(frames),
      allowedLatenessUs: options.allowedLatenessMs * 1_000,
      ...(ports.poolFor === undefined
        ? {}
        : { pool: ports.poolFor({ venue, symbols: this.state.symbols, clockOf: (connectionId) => this.#decoder(connectionId).clock }) }),
      onWaiting: (blocks) => this.#onWaiting(blocks),
    });
    this.#output.decoded$.subscribe((decoded) => {
      this.#onDecoded(decoded);
      this.decoded$.next(decoded);
    });
    this.#output.trades$.subscribe((deduped) => {
      this.#onTrades(deduped);
      this.trades$.next(deduped);
    });
    this.#output.candles$.subscribe(({ candles }) => {
      this.#onCandles(candles);
      if (this.#rows >= this.options.batchRowsMax) this.flush();
    });
    this.#output.controls$.subscribe((controls) => this.controls$.next(controls));
  }

  /** Reads from the store what is covered already, then lets frames in. */
  async start(): Promise<void> {
    this.#cleanSince = await this.ports.store.cleanSince(this.venue.name);
    await restore(this.state, this.ports.store, this.options.allowedLatenessMs * 1_000);
    // An id without a trade is not stored: a checkpoint that ended with one would hide the newest trade from the next start.
    for (const [code, { coverage }] of this.state.all()) this.#stored.set(code, coverage.seen.without(coverage.empty));
    this.#output.connect();
  }

  /**
   * Takes stored ids for seen that it did not know of. Of the windows that they touch those may be behind that reach beyond them: they
   * were in the memory of a recorder that did not know of them either.
   */
  adopt(symbol: string, runs: readonly StoredRun[]): void {
    const code = this.state.symbols.codeOf(symbol);
    const { coverage, book } = this.state.of(code);
    const stored = this.#stored.get(code) ?? new IdIntervals();
    this.#stored.set(code, stored);
    for (const { first, last, newestTime } of runs) {
      coverage.seen.addRange(first, last);
      stored.addRange(first, last);
      const windows = INTERVAL_US.map((length, level) => ({ level, openTime: openTimeUs(newestTime, length) }));
      this.#addDirty(
        code,
        windows.filter(({ level, openTime }) => book.candles(level, openTime, openTime + 1).length === 0),
        [],
        0,
      );
    }
  }

  /**
   * Compares, minute by minute, the trades stored with the candles stored, and folds again what differs: what a kill left behind.
   * It runs beside frames that come in: windows in memory are left to them. Only after it does an ordered stop vouch for the candles.
   * @returns minutes that differed
   */
  async reconcile(): Promise<number> {
    const minutes = await this.ports.store.minutesThatDiffer(this.venue.name, this.#cleanSince);
    for (const [symbol, opens] of minutes) {
      const code = this.state.symbols.codeOf(symbol);
      const inMemory = this.state.of(code).book;
      const windows = windowsOver(opens, true).filter(
        ({ level, openTime }) => inMemory.candles(level, openTime, openTime + 1).length === 0,
      );
      this.#addDirty(code, windows, [], 0);
    }
    await this.maintain();
    this.#reconciled = true;
    return [...minutes.values()].reduce((sum, opens) => sum + opens.length, 0);
  }

  /** Folds windows of a symbol from the store and waits until what differs is written. */
  async foldAgain(symbol: string, windows: readonly DirtyWindow[]): Promise<void> {
    this.#addDirty(this.state.symbols.codeOf(symbol), windows, [], 0);
    await this.maintain();
    await this.#settled();
  }

  /** Takes a block of frames. All that follows from it has happened when this returns, but for the writing; with threads, soon after. */
  frames(block: FrameBlock): void {
    this.#frames.next(block);
  }

  /** Takes trades that REST gave. */
  page({ trades, empties, rejects }: TradePage): void {
    this.#pages.next({ trades, empties, rejects, controls: [], ignored: 0, venueTime: -1, localTime: this.ports.nowUs() });
  }

  /**
   * Lets time pass for quiet symbols, by the venue's time as their live connection tells it.
   * @param live symbols whose trades arrive, each with the connection that they arrive on
   * @param flushLate whether late trades are to be written now as revisions
   */
  tick(live: Iterable<readonly [symbol: string, connectionId: number]>, flushLate: boolean): void {
    const nowUs = this.ports.nowUs();
    const passed: [number, number][] = [];
    for (const [symbol, connectionId] of live) {
      const code = this.state.symbols.find(symbol);
      const clock = this.#decoders.get(connectionId)?.clock;
      if (code !== undefined && clock?.known === true) passed.push([code, clock.now(nowUs)]);
    }
    this.#ticks.next({ passed, flushLate, held: new Set([...this.#held.keys()].filter((code) => this.#isHeld(code))) });
  }

  /** While a symbol is being repaired its late candles wait, up to a bound, so that a repair makes one revision of each. */
  hold(symbol: string, held: boolean): void {
    const code = this.state.symbols.codeOf(symbol);
    if (held) this.#held.set(code, this.ports.nowUs() + HOLD_MAX_US);
    else this.#held.delete(code);
  }

  #isHeld(code: number): boolean {
    return (this.#held.get(code) ?? -1) > this.ports.nowUs();
  }

  /** Hands everything collected to the outlet. */
  flush(): void {
    const { encode } = this.ports;
    if (this.#blocks.length > 0) {
      const blocks = this.#blocks;
      const newest = this.#newestBlock;
      this.#blocks = [];
      this.#rows = 0;
      const settled = this.#tradeAcks.open(newest);
      this.#send(encode.trades(blocks), () => {
        this.#onStored(blocks);
        settled();
        this.#release();
        this.#sendCandles();
      });
    }
    if (this.#candles.length > 0) {
      const settled = this.#candleAcks.open(this.state.emission);
      const acknowledged = (): void => {
        settled();
        this.#release();
      };
      this.#heldCandles.push({ block: this.#tradeAcks.newest, batch: encode.candles(this.#candles), acknowledged });
      this.#candles = [];
      this.#sendCandles();
    }
    if (this.#rejects.length > 0) {
      const rejects = this.#rejects;
      this.#rejects = [];
      this.#send(encode.rejects(rejects), () => undefined);
    }
  }

  /** Writes run beside one another, so candles wait until their trades are kept: a kill must not leave a candle of trades that are gone. */
  #sendCandles(): void {
    while (this.#heldCandles.length > 0 && this.#heldCandles[0]!.block <= this.#tradeAcks.settledUpTo) {
      const { batch, acknowledged } = this.#heldCandles.shift()!;
      this.#send(batch, acknowledged);
    }
  }

  /** Resolves when nothing waits for threads, and all that was flushed has found its place in the outlet's queue: who reads a file waits for it. */
  async ready(): Promise<void> {
    await this.#decoded();
    await this.#outbox;
  }

  /** Blocks of frames that wait for threads. */
  get waitingBlocks(): number {
    return this.#waitingBlocks;
  }

  #onWaiting(blocks: number): void {
    this.#waitingBlocks = blocks;
    if (blocks >= WAITING_BLOCKS_MAX) this.#backlog('threads', true);
    if (blocks > 0) return;
    this.#backlog('threads', false);
    this.#whenDecoded();
  }

  /** Resolves when no block waits for threads. */
  async #decoded(): Promise<void> {
    while (this.#waitingBlocks > 0) {
      const before = this.#whenDecoded;
      await new Promise<void>((resolve) => {
        this.#whenDecoded = () => {
          before();
          resolve();
        };
      });
    }
  }

  /** Tells when somebody falls behind, and when nobody is any more. */
  #backlog(behind: Backlog, full: boolean): void {
    if (full === this.#behind.has(behind)) return;
    if (full) this.#behind.add(behind);
    else this.#behind.delete(behind);
    if (this.#behind.size === (full ? 1 : 0)) this.ports.onBacklog?.(full, behind);
  }

  /** Batches that found no room in the outlet, oldest first. */
  unsent(): Batch[] {
    return [...this.#unsent, ...this.#heldCandles.map(({ batch }) => batch)];
  }

  /** Rows accepted and not acknowledged. */
  get pendingRows(): number {
    return this.counters.accepted - this.counters.acknowledged;
  }

  /** Rows accepted and not acknowledged, by symbol code. */
  pendingBySymbol(): Uint32Array {
    const rows = new Uint32Array(this.state.symbols.size);
    for (const { trades } of this.#unacknowledged) for (let row = 0; row < trades.length; row++) rows[trades.symbol[row]!]! += 1;
    return rows;
  }

  /** Event time (us) of a trade, from memory or from the store; -1 where neither has it. */
  async timeOf(symbol: string, id: number): Promise<number> {
    const code = this.state.symbols.find(symbol);
    for (const { trades } of this.#unacknowledged) {
      for (let row = 0; row < trades.length; row++) if (trades.id[row] === id && trades.symbol[row] === code) return trades.eventTime[row]!;
    }
    const [time] = await this.ports.store.timesOf(this.venue.name, symbol, [id]);
    return time ?? -1;
  }

  /** Trades accepted that the store has not acknowledged, oldest first. */
  pendingTrades(): readonly TradeBlock[] {
    return this.#unacknowledged.map((entry) => entry.trades);
  }

  /** Folds again what can be: windows whose trades are all stored. One round at a time. */
  maintain(): Promise<void> {
    this.#maintenance = this.#maintenance.then(() => this.#refold());
    return this.#maintenance;
  }

  /** Windows that wait to be folded again. */
  get dirtyWindows(): number {
    let windows = 0;
    for (const [, { book }] of this.state.all()) windows += book.dirtyWindows;
    for (const [, dirty] of this.#dirty) windows += dirty.windows.length;
    return windows;
  }

  /**
   * Writes all there is, forming candles included, and waits until it is acknowledged.
   * @param vouches false where another recorder of the venue may have candles yet to write: then the next start looks for them
   */
  async drain({ vouches = true }: { readonly vouches?: boolean } = {}): Promise<void> {
    this.#held.clear();
    await this.#decoded();
    this.flush();
    await this.#settled();
    await this.maintain();
    const emission = this.state.emission + 1;
    const candles: Candle[] = [];
    for (const [, { book }] of this.state.all()) candles.push(...book.unfinished(emission));
    if (candles.length > 0) {
      this.state.emission = emission;
      this.#onCandles(candles);
    }
    this.flush();
    await this.#settled();
    // What could not be folded again is left to the next start: then this stop does not vouch for it.
    this.checkpoint(vouches && this.dirtyWindows === 0);
    await this.#settled();
  }

  /**
   * Writes down which ids are stored.
   * @param clean whether the candles are all written too: an ordered stop
   */
  checkpoint(clean: boolean): void {
    const checkpoints = this.#checkpoints(clean && this.#reconciled);
    if (checkpoints.length === 0) return;
    const settled = this.#candleAcks.open(this.#candleAcks.newest);
    this.#send(this.ports.encode.checkpoints(checkpoints), settled);
  }

  #checkpoints(clean: boolean): Checkpoint[] {
    return [...this.state.all()].map(([code, { coverage, book }]) => ({
      exchange: this.venue.name,
      symbol: this.state.symbols.nameOf(code),
      covered: this.#stored.get(code)?.ranges() ?? [],
      empty: coverage.empty.ranges(),
      rejected: coverage.rejected.ranges(),
      lastEventTime: book.newestTime,
      clean,
    }));
  }

  #decoder(connectionId: number): { decode: Decode; clock: VenueClock } {
    let entry = this.#decoders.get(connectionId);
    if (entry === undefined) {
      const { symbols } = this.state;
      const clock = new VenueClock(this.options.maxSkewMs * 1_000);
      const resolve = (venueSymbol: string): number => {
        const symbol = this.resolve(venueSymbol);
        return symbol === null ? -1 : symbols.codeOf(symbol);
      };
      entry = { clock, decode: this.venue.decoder({ symbols, resolve, clock }) };
      this.#decoders.set(connectionId, entry);
      if (this.#decoders.size > DECODERS_MAX) this.#decoders.delete(this.#decoders.keys().next().value!);
    }
    return entry;
  }

  #onDecoded(decoded: Decoded): void {
    this.counters.decoded += decoded.trades.length;
    this.counters.ignoredFrames += decoded.ignored;
    for (const empty of decoded.empties) if (!empty.rejected) this.counters.zeroQuantity += 1;
    for (const reject of decoded.rejects) this.reject(reject);
  }

  /** Counts a reject, and keeps it unless too many came in its second. */
  reject(reject: Reject): void {
    this.counters.rejects.set(reject.reason, (this.counters.rejects.get(reject.reason) ?? 0) + 1);
    const second = Number(reject.receiveTime / 1_000_000_000n);
    if (second !== this.#rejectWindow) {
      this.#rejectWindow = second;
      this.#rejectsInWindow = 0;
    }
    this.#rejectsInWindow += 1;
    if (this.#rejectsInWindow > this.options.rejectsPerSecondMax) this.counters.rejectsDropped += 1;
    else this.#rejects.push(reject);
  }

  #rejectsInWindow = 0;

  #onTrades({ trades, block, repeated, holesChanged, neighbours }: Deduped): void {
    this.counters.repeated += repeated;
    if (holesChanged.size > 0) this.holes$.next(holesChanged);
    for (const [code, id] of neighbours) this.#addDirty(code, [], [id], block);
    if (trades.length === 0) return;
    this.counters.accepted += trades.length;
    this.#blocks.push(trades);
    this.#rows += trades.length;
    this.#newestBlock = block;
    this.#unacknowledged.push({ block, trades });
  }

  #onCandles(candles: readonly Candle[]): void {
    if (candles.length === 0) return;
    for (const candle of candles) {
      if (fitsColumns(candle.sums)) this.#candles.push(candle);
      else this.counters.candleOverflows += 1;
    }
    this.counters.candles += candles.length;
    this.candles$.next(candles);
  }

  #addDirty(code: number, windows: readonly DirtyWindow[], ids: readonly number[], block: number): void {
    const entry = this.#dirty.get(code);
    if (entry === undefined) this.#dirty.set(code, { windows: [...windows], ids: [...ids], block });
    else {
      entry.windows.push(...windows);
      entry.ids.push(...ids);
      entry.block = Math.max(entry.block, block);
    }
  }

  async #refold(): Promise<void> {
    for (const [code, { book }] of this.state.all()) {
      const windows = book.takeDirty();
      if (windows.length > 0) this.#addDirty(code, windows, [], this.state.block);
    }
    const stored = this.#tradeAcks.settledUpTo;
    for (const [code, { windows, ids, block }] of [...this.#dirty]) {
      if (block > stored && this.#unacknowledged.length > 0) continue;
      if (this.#isHeld(code) && windows.length < HELD_WINDOWS_MAX) continue;
      this.#dirty.delete(code);
      const state = this.state.of(code);
      const symbol = this.state.symbols.nameOf(code);
      try {
        if (ids.length > 0) {
          // Only these: windows that trades made dirty meanwhile wait until those trades are stored.
          windows.push(...state.book.storedWindows(await this.ports.store.timesOf(this.venue.name, symbol, ids)));
        }
        const candles = await refold(this.venue.name, symbol, state, windows, this.ports.store);
        this.counters.refolds += windows.length;
        this.#onCandles(candles);
      } catch (error) {
        this.#addDirty(code, windows, ids, block);
        this.ports.report(error, `fold candles of ${symbol} again`);
        return;
      }
    }
    this.flush();
  }

  /** Sends rows of another table, in line with the trades. */
  send(batch: Batch, acknowledged: () => void = () => undefined): void {
    this.#send(batch, acknowledged);
  }

  /** Queues a batch behind those before it; waits where the outlet is full. */
  #send(batch: Batch, acknowledged: () => void): void {
    this.#unsent.add(batch);
    this.#outbox = this.#outbox.then(async () => {
      while (!this.ports.outlet.offer(batch, acknowledged)) {
        this.#backlog('store', true);
        await this.ports.outlet.room();
        this.#backlog('store', false);
      }
      this.#unsent.delete(batch);
    });
  }

  async #settled(): Promise<void> {
    await this.#outbox;
    await Promise.all([this.#tradeAcks.idle(), this.#candleAcks.idle()]);
  }

  #onStored(blocks: readonly TradeBlock[]): void {
    for (const block of blocks) {
      this.counters.acknowledged += block.length;
      for (let row = 0; row < block.length; row++) {
        const code = block.symbol[row]!;
        let stored = this.#stored.get(code);
        if (stored === undefined) this.#stored.set(code, (stored = new IdIntervals()));
        stored.add(block.id[row]!);
      }
    }
  }

  #release(): void {
    const blocksStored = this.#tradeAcks.settledUpTo;
    while (this.#unacknowledged.length > 0 && this.#unacknowledged[0]!.block <= blocksStored) this.#unacknowledged.shift();
    this.state.release(blocksStored, this.#candleAcks.settledUpTo);
  }
}
