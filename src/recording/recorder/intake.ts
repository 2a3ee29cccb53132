import { Subject } from 'rxjs';
import type { LiveFeed } from '../../actors/venue-actor-types.js';
import type { FrameBlock } from '../../domain/frame-block.js';
import type { SymbolTable } from '../../domain/symbol-table.js';
import { VenueClock } from '../../domain/venue-clock.js';
import type { Decode, Decoded, TradePage, Venue } from '../../exchanges/venue.js';
import { FarIds } from '../../streams/far-ids.js';
import type { TimeAdvance } from '../../streams/fold-candles.js';
import type { MarketState } from '../../streams/market-state.js';
import { pipeline, type PipelineOutput } from '../../streams/pipeline.js';
import { WaitingBlocks } from './backlog.js';
import type { RecorderOptions, RecorderPorts } from './recorder-ports.js';

/** The inputs and callbacks of an intake. */
export interface IntakePorts extends Pick<RecorderPorts, 'nowUs' | 'poolFor' | 'onUseless'> {
  /** Canonical symbol of the venue's symbol; null if it is not recorded. */
  readonly resolve: (venueSymbol: string) => string | null;
  /** Called with true when threads cannot keep up, and with false when no block waits for them. */
  readonly onBacklog: (full: boolean) => void;
  /** Whether absurdly far ids are rejected. */
  readonly judgesIds: boolean;
  /** Connections of which another recorder has taken frames. */
  readonly joined?: ReadonlySet<number>;
}

/** The three inputs and the pipeline that they go through: frames of sockets, pages of REST, and the passing of time. */
export class Intake {
  readonly output: PipelineOutput;
  /** Blocks of frames that wait for threads. */
  readonly waiting: WaitingBlocks;
  readonly #frames = new Subject<FrameBlock>();
  readonly #pages = new Subject<Decoded>();
  readonly #ticks = new Subject<TimeAdvance>();
  readonly #decoders: Decoders;
  /** The feeds of the last call and their codes: a thousand names need not be looked up several times a second. */
  #tickFeeds: LiveFeed[] = [];
  #feedCodes: number[] = [];
  /** Columns reused from call to call. */
  #tickCodes = new Int32Array(16);
  #tickTimes = new Float64Array(16);

  constructor(
    venue: Venue,
    private readonly state: MarketState,
    private readonly ports: IntakePorts,
    { allowedLatenessMs, maxSkewMs }: Pick<RecorderOptions, 'allowedLatenessMs' | 'maxSkewMs'>,
  ) {
    const { symbols } = state;
    const decoders = new Decoders(venue, symbols, maxSkewMs * 1_000, ports.resolve, ports.joined);
    this.#decoders = decoders;
    this.waiting = new WaitingBlocks(ports.onBacklog);
    this.output = pipeline(this.#frames, this.#pages, this.#ticks, {
      state,
      decode: (frames) => decoders.of(frames.connectionId).decode(frames),
      allowedLatenessUs: allowedLatenessMs * 1_000,
      ...(ports.judgesIds ? { farIds: new FarIds(state) } : {}),
      ...(ports.poolFor === undefined
        ? {}
        : { pool: ports.poolFor({ venue, symbols, clockOf: (connectionId) => decoders.of(connectionId).clock }) }),
      onWaiting: (blocks) => this.waiting.set(blocks),
    });
    const useless = new UselessConnections((connectionId, rejects) => ports.onUseless?.(connectionId, rejects));
    this.output.decoded$.subscribe((decoded) => useless.take(decoded));
  }

  /** Connections that have sent frames, to this recorder or to the one before it. */
  get connections(): ReadonlySet<number> {
    return this.#decoders.connections;
  }

  frames(block: FrameBlock): void {
    this.#frames.next(block);
  }

  page({ trades, empties, rejects }: TradePage): void {
    const localTime = this.ports.nowUs();
    this.#pages.next({ trades, empties, rejects, controls: [], ignored: 0, wasAskedFor: true, venueTime: -1, localTime });
  }

  /**
   * @param feeds every symbol: the connection that delivers its trades gives the venue's time
   * @param held codes of symbols whose late candles wait
   */
  tick(feeds: Iterable<LiveFeed>, flushLate: boolean, held: ReadonlySet<number>): void {
    const nowUs = this.ports.nowUs();
    const { symbols } = this.state;
    if (this.#tickCodes.length < symbols.size) {
      this.#tickCodes = new Int32Array(2 * symbols.size);
      this.#tickTimes = new Float64Array(2 * symbols.size);
    }
    const [codes, venueTimes] = [this.#tickCodes, this.#tickTimes];
    let count = 0;
    let place = 0;
    for (const feed of feeds) {
      const code = this.#codeOf(feed, place++);
      const { liveOn } = feed;
      const clock = liveOn === null ? undefined : this.#decoders.clockOf(liveOn);
      if (code < 0 || clock?.known !== true) continue;
      codes[count] = code;
      venueTimes[count++] = clock.now(nowUs);
    }
    this.#tickFeeds.length = place;
    this.#ticks.next({ codes, venueTimes, count, flushLate, held });
  }

  /** Our clock gained on the monotonic one, us: the differences of venue clocks shrink by as much. */
  slewed(byUs: number): void {
    this.#decoders.slewed(byUs);
  }

  /**
   * By how much our clock is ahead of the venue's, us, from the frames of a connection with the least delay; undefined before the first
   * frame.
   */
  aheadOf(connectionId: number): number | undefined {
    const offsets = this.#decoders.clockOf(connectionId)?.offsets ?? null;
    return offsets === null ? undefined : -offsets[1];
  }

  /** The code of the feed at an index, or -1 if it has no trade yet. */
  #codeOf(feed: LiveFeed, place: number): number {
    if (this.#tickFeeds[place] !== feed || this.#feedCodes[place]! < 0) {
      this.#tickFeeds[place] = feed;
      this.#feedCodes[place] = this.state.symbols.find(feed.symbol) ?? -1;
    }
    return this.#feedCodes[place]!;
  }
}

/** Connections whose decoders are kept; the oldest is evicted first, and recreated if the connection sends again. */
const DECODERS_MAX = 256;

/** The decoder and the venue clock of one connection. */
export interface ConnectionDecoder {
  readonly decode: Decode;
  readonly clock: VenueClock;
}

/** The decoders of a venue, one per connection, because a venue may number its frames and because each connection has its own delay. */
export class Decoders {
  readonly #decoders = new Map<number, ConnectionDecoder>();

  /** @param resolve canonical symbol of the venue's symbol; null if it is not recorded */
  constructor(
    private readonly venue: Venue,
    private readonly symbols: SymbolTable,
    private readonly maxSkewUs: number,
    private readonly resolve: (venueSymbol: string) => string | null,
    /** Connections of which others have decoded frames. */
    private readonly joined: ReadonlySet<number> = new Set(),
  ) {}

  /** Connections that have sent frames. */
  get connections(): ReadonlySet<number> {
    return new Set([...this.joined, ...this.#decoders.keys()].slice(-DECODERS_MAX));
  }

  /** The decoder of a connection, created on first use. */
  of(connectionId: number): ConnectionDecoder {
    let decoder = this.#decoders.get(connectionId);
    if (decoder === undefined) {
      decoder = this.#make(this.joined.has(connectionId));
      this.#decoders.set(connectionId, decoder);
      if (this.#decoders.size > DECODERS_MAX) this.#decoders.delete(this.#decoders.keys().next().value!);
    }
    return decoder;
  }

  /** The clock of a connection that has sent frames. */
  clockOf(connectionId: number): VenueClock | undefined {
    return this.#decoders.get(connectionId)?.clock;
  }

  /** Our clock gained on the monotonic one, us. */
  slewed(byUs: number): void {
    for (const { clock } of this.#decoders.values()) clock.slewed(byUs);
  }

  #make(isJoined: boolean): ConnectionDecoder {
    const { symbols } = this;
    const clock = new VenueClock(this.maxSkewUs);
    const resolve = (venueSymbol: string): number => {
      const symbol = this.resolve(venueSymbol);
      return symbol === null ? -1 : symbols.codeOf(symbol);
    };
    return { clock, decode: this.venue.decoder({ symbols, resolve, clock, isJoined }) };
  }
}

/** Consecutive rejects after which a connection is closed: more than any venue sends by mistake. */
const REJECTS_IN_A_ROW_MAX = 10_000;
/** Connections that are counted at most. One that ended is not reported here: beyond this the oldest is forgotten. */
const CONNECTIONS_MAX = 1_024;

/** Finds connections that send only rejects. */
export class UselessConnections {
  /** Consecutive rejects, by connection. */
  readonly #inARow = new Map<number, number>();

  /** @param onUseless called once per connection */
  constructor(private readonly onUseless: (connectionId: number, rejects: number) => void) {}

  take({ trades, rejects, moreRejects, empties, controls, ignored, wasAskedFor }: Decoded): void {
    if (wasAskedFor === true || (rejects.length === 0 && moreRejects === undefined && this.#inARow.size === 0)) return;
    const { connectionId } = trades;
    if (trades.length > 0 || controls.length > 0 || ignored > 0 || empties.some(({ rejected }) => !rejected)) {
      this.#inARow.delete(connectionId);
      return;
    }
    let count = (this.#inARow.get(connectionId) ?? 0) + rejects.length;
    for (const more of moreRejects?.values() ?? []) count += more;
    if (count === 0) return;
    this.#inARow.set(connectionId, count);
    if (this.#inARow.size > CONNECTIONS_MAX) this.#inARow.delete(this.#inARow.keys().next().value!);
    if (count < REJECTS_IN_A_ROW_MAX) return;
    this.#inARow.delete(connectionId);
    this.onUseless(connectionId, count);
  }
}
