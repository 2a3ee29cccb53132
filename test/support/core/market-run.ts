import { Subject } from 'rxjs';
import { addRows } from '../../../src/domain/add-rows.js';
import { AT, emptySums, type CandleSums } from '../../../src/domain/candle-sums.js';
import {
  type Candle,
  candleNumbers,
  type CandleState,
  type Completeness,
  INTERVALS,
  intervalUs,
  sumsFrom,
} from '../../../src/domain/candle.js';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import type { FoldStore, WindowAt } from '../../../src/domain/ports/recording-store.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import type { Decoded } from '../../../src/exchanges/venue.js';
import { restore } from '../../../src/streams/candles/refold.js';
import type { DecodePool } from '../../../src/streams/decode-frames.js';
import type { TimeAdvance } from '../../../src/streams/fold-candles.js';
import { MarketState } from '../../../src/streams/market-state.js';
import { pipeline, type PipelineOutput } from '../../../src/streams/pipeline.js';
import { binanceBench, rowOf, rowsUpTo, tradeBlock, type Bench } from './blocks.js';
import { candleKey, referenceCandle, referenceCompleteness, type Fate, type ReferenceCandle, type ReferenceTrade } from './reference.js';

export interface Said {
  readonly numbers: ReferenceCandle;
  readonly completeness: Completeness;
  readonly state: CandleState;
}

/** A venue's clock is held against ours elsewhere: here news may be of any age. */
const ANY_SKEW = 1e15;

function numbersOf(symbol: string, interval: string, openTime: number, sums: CandleSums): ReferenceCandle {
  return {
    ...{ symbol, interval, openTime, ...candleNumbers(sums) },
    ...{ count: sums[AT.count]!, firstId: sums[AT.firstId]!, lastId: sums[AT.lastId]!, repaired: sums[AT.repaired]! },
  };
}

/**
 * The pipeline as a daemon wires it, with a store beside it: trades that came out, the last word on every candle, and what the book
 * does not hold folded again from the trades that came out.
 */
export class MarketRun {
  readonly bench: Bench;
  readonly state: MarketState;
  readonly output: PipelineOutput;
  readonly frames$ = new Subject<FrameBlock>();
  readonly pages$ = new Subject<Decoded>();
  readonly timeAdvances$ = new Subject<TimeAdvance>();
  readonly candles = new Map<string, Said>();
  readonly stored = new Map<string, ReferenceTrade>();
  readonly rejects: string[] = [];
  /** Trades that came out although they had come out before. */
  readonly twice: string[] = [];
  /** Keys of candles that were folded from the store. */
  readonly refolded = new Set<string>();
  repeated = 0;
  decodes = 0;
  /** Blocks that other threads have. */
  waiting = 0;
  venueTime = -1;
  readonly #byWindow = new Map<string, ReferenceTrade[]>();
  readonly #fates = new Map<string, Map<number, Fate>>();

  /** Trades beside ids that came out of order: symbol's code and event time. */
  readonly #beside: [code: number, time: number][] = [];

  /** @param onCandle called with each candle that the pipeline says */
  constructor(
    readonly markets: readonly string[],
    readonly onCandle: (key: string, said: Said) => void = () => undefined,
    private readonly allowedLatenessUs = 2_000_000,
    poolOf?: (bench: Bench) => DecodePool,
  ) {
    this.bench = binanceBench(markets, ANY_SKEW);
    this.state = new MarketState(this.bench.symbols);
    const decode = (frames: FrameBlock): Decoded => {
      this.decodes += 1;
      return this.bench.decode(frames);
    };
    this.output = pipeline(this.frames$, this.pages$, this.timeAdvances$, {
      ...{ state: this.state, decode, allowedLatenessUs },
      ...(poolOf === undefined ? {} : { pool: poolOf(this.bench) }),
      onWaiting: (blocks) => (this.waiting = blocks),
    });
    this.output.rejects$.subscribe((rejects) => this.rejects.push(...rejects.map(({ reason }) => reason)));
    this.output.decoded$.subscribe(({ empties }) => {
      for (const { symbol, id, rejected } of empties) this.#fate(this.bench.symbols.nameOf(symbol), id, rejected ? 'rejected' : 'empty');
    });
    this.output.trades$.subscribe(({ trades, repeated, venueTime, neighbours }) => {
      this.repeated += repeated;
      this.venueTime = Math.max(this.venueTime, venueTime);
      for (let row = 0; row < trades.length; row++) this.#store(rowOf(trades, row));
      for (const [code, id] of neighbours) {
        const trade = this.stored.get(`${this.bench.symbols.nameOf(code)} ${id}`);
        if (trade !== undefined) this.#beside.push([code, trade.time]);
      }
    });
    this.output.candles$.subscribe(({ candles }) => {
      for (const candle of candles) this.#say(candle);
    });
    this.output.connect();
  }

  /** A page as the repair hands it on. */
  page(symbol: string, body: string): void {
    const { symbols } = this.bench;
    const range = { firstId: 0, lastId: Number.MAX_SAFE_INTEGER, notBefore: 0 };
    const page = binance.rest.readTrades(body, { range, cursor: null, symbol: symbols.codeOf(symbol), symbols, receiveTime: 0n });
    this.pages$.next({ ...page, controls: [], ignored: 0, venueTime: -1, localTime: 0 });
  }

  /** Time passes for all markets: up to the newest frame, or to a venue time (us). */
  tick(flushLate: boolean, venueTime = this.venueTime): void {
    this.timeAdvances$.next({
      codes: Int32Array.from(this.markets.keys()),
      venueTimes: Float64Array.from(this.markets, () => venueTime),
      count: this.markets.length,
      flushLate,
    });
  }

  /** Folds from the store what is not in memory, as the daemon does after an acknowledgement. */
  refold(): void {
    for (const { code, book } of this.state.all()) {
      const beside = this.#beside.filter(([of]) => of === code).map(([, time]) => time);
      for (const { level, openTime } of [...book.takeDirty(), ...book.storedWindows(beside)]) {
        const symbol = this.bench.symbols.nameOf(code);
        const key = candleKey(symbol, INTERVALS[level]!, openTime);
        const trades = this.#byWindow.get(key);
        if (trades === undefined) throw new Error(`a dirty window without a trade: ${key}`);
        const numbers = referenceCandle(trades, INTERVALS[level]!, openTime);
        this.refolded.add(key);
        const completeness = referenceCompleteness(this.fates(symbol), numbers, (id) => this.stored.get(`${symbol} ${id}`)!.time);
        if (completeness === 'unproven') book.foldedUnproven({ level, openTime });
        this.candles.set(key, { numbers, completeness, state: 'final' });
      }
    }
    this.#beside.length = 0;
  }

  /** The end of a day's work: late trades are written, windows that are still forming too. */
  finish(): void {
    this.tick(true);
    for (const { book } of this.state.all()) for (const candle of book.unfinished(this.state.emission + 1)) this.#say(candle);
    this.refold();
  }

  /** Goes on where another run was stopped: with what the store has of it, and nothing else. */
  async resume(stopped: MarketRun): Promise<void> {
    for (const trade of stopped.stored.values()) this.#store(trade);
    for (const market of this.markets) for (const [id, fate] of stopped.fates(market)) this.#fate(market, id, fate);
    for (const [key, said] of stopped.candles) this.candles.set(key, said);
    this.venueTime = stopped.venueTime;
    await restore(this.state, stopped.store(), this.allowedLatenessUs);
  }

  /** The store of this run: all that came out of it. @param meanwhile may happen while the store folds */
  store(meanwhile: () => void = () => undefined): FoldStore {
    return {
      foldWindows: (_exchange, symbol, interval, openTimes) => {
        const folded = new Map<number, CandleSums>();
        for (const openTime of openTimes) {
          const trades = this.#byWindow.get(candleKey(symbol, interval, openTime)) ?? [];
          const sums = emptySums();
          addRows(sums, tradeBlock(trades), rowsUpTo(trades.length), 0, trades.length);
          if (trades.length > 0) folded.set(openTime, sums);
        }
        meanwhile();
        return Promise.resolve(folded);
      },
      candlesAt: (exchange, symbol, interval, openTimes) => {
        const rows = new Map<number, Candle>();
        for (const openTime of openTimes) {
          const said = this.candles.get(candleKey(symbol, interval, openTime));
          if (said === undefined) continue;
          const { numbers, completeness, state } = said;
          rows.set(openTime, { exchange, symbol, interval, openTime, sums: sumsFrom(numbers, numbers), revision: 0, state, completeness });
        }
        return Promise.resolve(rows);
      },
      timesOf: (_exchange, symbol, ids) => Promise.resolve(this.#timesOf(symbol, ids)),
      timesOfMany: (_exchange, ids) => Promise.resolve(new Map([...ids].map(([symbol, list]) => [symbol, this.#timesOf(symbol, list)]))),
      recover: () =>
        Promise.resolve(
          this.markets.map((symbol) => {
            const { coverage, book } = this.state.of(this.bench.symbols.codeOf(symbol));
            const { seen, empty, rejected } = coverage;
            return { symbol, seen: seen.ranges(), empty: empty.ranges(), rejected: rejected.ranges(), newestTime: book.newestTime };
          }),
        ),
      windowsAt: async (exchange, times) => {
        const found = new Map<string, WindowAt[]>();
        for (const [symbol, time] of times) {
          const windows: WindowAt[] = [];
          for (const interval of INTERVALS) {
            const openTime = time - (time % intervalUs(interval));
            const sums = (await this.store().foldWindows(exchange, symbol, interval, [openTime])).get(openTime);
            const stored = (await this.store().candlesAt(exchange, symbol, interval, [openTime])).get(openTime);
            if (sums !== undefined) windows.push({ interval, openTime, sums, stored });
          }
          found.set(symbol, windows);
        }
        return found;
      },
      cleanStops: () => Promise.resolve(new Map()),
      minutesThatDiffer: () => Promise.resolve(new Map()),
    };
  }

  #timesOf(symbol: string, ids: readonly number[]): Map<number, number> {
    const found = ids.flatMap((id) => this.stored.get(`${symbol} ${id}`) ?? []);
    return new Map(found.map(({ id, time }) => [id, time]));
  }

  /** What became of each id of a symbol, of what the pipeline let out. */
  fates(symbol: string): Map<number, Fate> {
    let fates = this.#fates.get(symbol);
    if (fates === undefined) {
      fates = new Map();
      this.#fates.set(symbol, fates);
    }
    return fates;
  }

  #fate(symbol: string, id: number, fate: Fate): void {
    const fates = this.fates(symbol);
    if (!fates.has(id)) fates.set(id, fate);
  }

  #store(trade: ReferenceTrade): void {
    const key = `${trade.symbol} ${trade.id}`;
    if (this.stored.has(key)) this.twice.push(key);
    this.stored.set(key, trade);
    // Of a trade and a refused copy of it in one block the pipeline knows which came first: it let the trade out.
    this.fates(trade.symbol).set(trade.id, 'trade');
    INTERVALS.forEach((interval) => {
      const seconds = { '1s': 1, '1m': 60, '5m': 300, '15m': 900, '30m': 1_800, '1h': 3_600, '4h': 14_400, '1d': 86_400 }[interval];
      const window = candleKey(trade.symbol, interval, Math.floor(trade.time / (seconds * 1e6)) * seconds * 1e6);
      const trades = this.#byWindow.get(window);
      if (trades === undefined) this.#byWindow.set(window, [trade]);
      else trades.push(trade);
    });
  }

  #say({ symbol, interval, openTime, sums, completeness, state }: Candle): void {
    const key = candleKey(symbol, interval, openTime);
    const said = { numbers: numbersOf(symbol, interval, openTime, sums), completeness, state };
    this.candles.set(key, said);
    this.onCandle(key, said);
  }
}
