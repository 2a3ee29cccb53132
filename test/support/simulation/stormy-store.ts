import type { Reader } from '../../../src/domain/ports/reader.js';
import { RECORDED_TABLES } from '../../../src/domain/ports/recording-store.js';
import type { Batch } from '../../../src/domain/ports/sink.js';
import type { StoreConnection } from '../../../src/daemon/store-connection.js';
import type { StoreWorld } from '../../../src/daemon/world.js';
import { SeracError } from '../../../src/errors.js';
import type { CoverageStore } from '../../../src/reading/audit-reader.js';
import { Random } from '../../../src/simulator/random.js';
import { decodeCandles } from './memory-store/decode-candles.js';
import type { ReachableStore } from './daemon-life.js';
import { decodeTrades } from './memory-store/decode-trades.js';
import { MemoryCoverage } from './memory-store/memory-coverage.js';
import { MemoryReader } from './memory-store/memory-reader.js';
import { MemoryRecordingStore } from './memory-store/memory-recording-store.js';
import type { MemoryTables } from './memory-store/memory-tables.js';
import type { Weather } from './plan.js';
import type { PoisonedIds } from './poisoned-ids.js';
import type { ProcessLife } from './process-life.js';
import { tableFilesIn, type StoreProcess } from './store-process.js';
import type { VirtualClock } from './virtual-clock.js';

const LATENCY_MAX_MS = 20;
const REFUSED_AFTER_MS = 2;

/** What a store says that refuses rows because the plan has it do so. */
export const REFUSED_BY_LOT = 'The store refuses rows, by lot.';

/** Rows of a batch that are refused at a time; more than may stand alone. */
const REFUSED_ROWS_MAX = 40;

/**
 * The store as a daemon meets it over a network: it takes its time, may be slow, fail or be away for a while, and an answer may get
 * lost although the rows are kept.
 */
export class StormyStore implements ReachableStore {
  /** Told of each batch that is sent. */
  onBatch: (batch: Batch) => void = () => undefined;
  readonly #random: Random;
  readonly #store: MemoryRecordingStore;
  readonly #reader: Reader;
  readonly #coverage: CoverageStore;
  /** Keys of the rows that were refused. */
  readonly #refused = new Set<string>();
  /** Of those the ones of batches that are being written: pieces with them are refused too. */
  readonly #bad = new Set<string>();

  constructor(
    readonly tables: MemoryTables,
    readonly clock: VirtualClock,
    readonly weather: readonly Weather[],
    seed: number,
    readonly startMs: number,
    readonly poison: PoisonedIds | null,
    readonly process: StoreProcess,
    readonly dataDir: string,
    private readonly isFull: () => boolean,
  ) {
    this.#random = new Random(seed, 'store');
    this.#store = new MemoryRecordingStore(tables);
    this.#reader = new MemoryReader(tables);
    this.#coverage = new MemoryCoverage(tables);
  }

  /** How a daemon starts the store, and reaches it, for as long as it lives. */
  world(life: ProcessLife): StoreWorld {
    return {
      launch: (options) => this.process.launch(life, options),
      ping: (_url, signal) =>
        life.heard(
          this.#exchange(() => {
            signal.throwIfAborted();
            return Promise.resolve();
          }),
        ),
      server: () => null,
      connect: () => this.#connect(life),
    };
  }

  #connect(life: ProcessLife): StoreConnection {
    const ask = <T>(question: () => Promise<T>): Promise<T> => life.heard(this.#exchange(question));
    const tables = this.tables;
    return {
      sink: {
        name: 'memory',
        write: (batch) => {
          this.onBatch(batch);
          return life.heard(this.#write(batch, life));
        },
        close: () => Promise.resolve(),
      },
      recording: asked(this.#store, ask),
      views: {
        reader: asked(this.#reader, ask),
        gaps: (query) => ask(() => Promise.resolve(tables.gaps.page(query))),
        coverage: () => asked(this.#coverage, ask),
        feedSteps: () => ask(() => Promise.resolve([])),
      },
      migrate: () => ask(() => Promise.resolve()),
      tableIds: () => ask(() => Promise.resolve(TABLE_IDS)),
      tableFiles: () => ask(() => Promise.resolve(tableFilesIn(this.dataDir))),
      missingRows: () => ask(() => Promise.resolve(tables.missingRows)),
      damageErrors: () => ask(() => Promise.resolve({ count: 0, messages: [] })),
      detachedParts: () => ask(() => Promise.resolve([])),
      detachDamagedParts: () => ask(() => Promise.resolve([])),
      endReadsOfOthers: () => ask(() => Promise.resolve()),
      close: () => Promise.resolve(),
    };
  }

  /** A write that is under way when its daemon or the store is killed is carried out then, or not at all. */
  async #write(batch: Batch, life: ProcessLife): Promise<void> {
    if (this.isFull()) {
      await this.clock.sleep(this.#latencyMs());
      throw away('there is no space left on its disk');
    }
    if (this.#refuses(batch)) {
      await this.clock.sleep(this.#latencyMs());
      throw new SeracError('store.refused', REFUSED_BY_LOT);
    }
    const survives = this.#random.chance(0.5);
    const killed = (): void => {
      takeBack();
      if (survives && this.#now('down') === undefined) this.tables.insert(batch);
    };
    const takeBacks = [life.onKill(killed), this.process.onKill(killed)];
    const takeBack = (): void => {
      for (const take of takeBacks) take();
    };
    try {
      await this.#exchange(() => {
        takeBack();
        if (life.alive) this.tables.insert(batch);
        return Promise.resolve();
      });
    } finally {
      takeBack();
    }
  }

  #refuses(batch: Batch): boolean {
    const keys = keysOf(batch);
    // Rows are drawn when a batch is first written.
    if (batch.isPart !== true) for (const key of keys) this.#bad.delete(key);
    if (batch.table === 'trades_data') {
      const trades = decodeTrades(batch.bytes).map(({ trade }) => trade);
      if (trades.some(({ id, repaired }) => this.poison?.refuses(id, repaired) === true)) return true;
      // What REST gives and is refused for itself is given up: that is left to the poison.
      if (batch.isPart !== true && trades.some(({ repaired }) => repaired)) return false;
    }
    if (batch.isPart === true) return keys.some((key) => this.#bad.has(key));
    // What comes again is taken: what is refused twice is given up.
    const refusing = this.#now('refusing');
    if (refusing === undefined || keys.length === 0 || !this.#random.chance(refusing.share)) return false;
    if (keys.some((key) => this.#refused.has(key))) return false;
    const drawn = this.#random.chance(0.2) ? keys.length : 1 + this.#random.below(Math.min(REFUSED_ROWS_MAX, keys.length));
    for (let at = 0; at < drawn; at++) this.#bad.add(keys[drawn === keys.length ? at : this.#random.below(keys.length)]!);
    // Good rows may be refused with the bad ones: they are not to be drawn again either.
    for (const key of keys) this.#refused.add(key);
    return true;
  }

  /** There, what is done there, and back. */
  async #exchange<T>(act: () => Promise<T>): Promise<T> {
    const random = this.#random;
    const slow = this.#now('slow');
    const [there, back] = [this.#latencyMs(slow?.latencyMs), this.#latencyMs(slow?.latencyMs)];
    const failing = this.#now('failing');
    const fails = failing !== undefined && random.chance(failing.share);
    const isDone = !fails || random.chance(failing.lostAnswers);
    await this.clock.sleep(there);
    if (this.#isAway()) {
      await this.clock.sleep(REFUSED_AFTER_MS);
      throw away('it is down');
    }
    const answer = isDone ? await act() : undefined;
    await this.clock.sleep(back);
    if (fails || this.#isAway()) throw away('its answer was lost');
    return answer as T;
  }

  #isAway(): boolean {
    return !this.process.isUp || this.#now('down') !== undefined;
  }

  #latencyMs(maxMs = LATENCY_MAX_MS): number {
    return 1 + this.#random.below(maxMs);
  }

  #now<How extends Weather['how']>(how: How): Extract<Weather, { how: How }> | undefined {
    const elapsedMs = this.clock.now() - this.startMs;
    return this.weather.find(
      (each): each is Extract<Weather, { how: How }> => each.how === how && elapsedMs >= each.atMs && elapsedMs < each.atMs + each.forMs,
    );
  }
}

function keysOf({ table, bytes }: Batch): string[] {
  if (table === 'trades_data') return decodeTrades(bytes).map(({ exchange, symbol, trade }) => `${exchange} ${symbol} ${trade.id}`);
  if (table !== 'candles_data') return [];
  return decodeCandles(bytes).map(({ exchange, symbol, interval, candle }) => `${exchange} ${symbol} ${interval} ${candle.openTime}`);
}

function away(why: string): SeracError {
  return new SeracError('store.unavailable', `The store does not answer: ${why}.`, { retryable: true });
}

/** An object whose every method is asked over the network. */
function asked<T extends object>(target: T, ask: <A>(question: () => Promise<A>) => Promise<A>): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => ask(() => Reflect.apply(value, object, given) as Promise<unknown>);
    },
  });
}

const TABLE_IDS = new Map(RECORDED_TABLES.map((table) => [table, `the first ${table}`]));
