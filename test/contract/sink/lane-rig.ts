import { expect } from 'vitest';
import { nodeTime } from '../../../src/daemon/node-time.js';
import type { Reader } from '../../../src/domain/ports/reader.js';
import type { Batch, Fate, RefusedRows, Sink } from '../../../src/domain/ports/sink.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { Lane } from '../../../src/sinks/lane.js';
import type { LaneOptions } from '../../../src/sinks/lane-ports.js';
import { tradesParcel, type ParcelOutcome } from '../../../src/sinks/parcel.js';
import { tradeBlock } from '../../support/core/blocks.js';
import { decodeTrades } from '../../support/simulation/memory-store/decode-trades.js';
import { DAY, T0 } from '../stored-rows/rows.js';

/** How writes fail for now: the rows are not taken, or they are, and the answer is lost. */
export type Failing = 'not taken' | 'answer lost';

/** A place that rows go to. It refuses trades with the price {@link BAD_PRICE}, as a store does whose table has such a constraint. */
export interface OpenedSink {
  /** A sink of its own for each lane, to the same place. */
  readonly connect: () => Sink;
  /** What is there, as it is read. */
  readonly reader: Reader;
  /** From now on each write fails so; null: none fails. */
  readonly fail: (how: Failing | null) => void;
  readonly close: () => Promise<void>;
}

/** 6666, in units of 10^-12. */
export const BAD_PRICE = 6_666n * 10n ** 12n;

export const [BTC, ETH] = ['BTC-USDT', 'ETH-USDT'] as const;

const NONE: ReadonlySet<number> = new Set();

/** What became of a row. */
type RowFate = Fate | 'stored';

/** Trades that were sent in one parcel, and what was said of them. */
interface SentTrades {
  readonly symbol: string;
  readonly ids: readonly number[];
  readonly outcomes: ParcelOutcome[];
}

/** A lane to a sink, with what was sent through it, what reached the sink, and what came back. */
export class LaneRig {
  readonly lane: Lane;
  /** What was handed out because it is not stored. */
  readonly kept: RefusedRows[] = [];
  /** Writes in the order in which they began, with their own copies of the bytes. */
  readonly begun: Batch[] = [];
  readonly sent: SentTrades[] = [];
  closes = 0;
  readonly #symbols: SymbolTable;
  readonly #told: Promise<void>[] = [];
  #nextId = 1;
  #gate: Promise<void> | null = null;

  constructor(
    readonly opened: OpenedSink,
    readonly exchange: string,
    options: Partial<LaneOptions> = {},
  ) {
    const { clock, turn } = nodeTime();
    const sink = opened.connect();
    this.#symbols = new SymbolTable(exchange);
    this.lane = new Lane(
      { sink: this.#watched(sink), retry: { backoff: { minMs: 1, maxMs: 10 } }, ...options },
      { clock, turn, random: () => 0.5, onRefused: (rows) => this.kept.push(rows) },
    );
  }

  /** Sends the next so many trades as one parcel; ids rise from 1 on, over all markets. @param bad ids with the bad price */
  send(symbol: string, count: number, bad = NONE): void {
    const ids = Array.from({ length: count }, () => this.#nextId++);
    const trades = ids.map((id) => ({
      ...{ id, time: T0 + id, price: bad.has(id) ? BAD_PRICE : priceOf(id), quantity: 10n ** 12n, bought: true, repaired: false },
    }));
    const outcomes: ParcelOutcome[] = [];
    this.sent.push({ symbol, ids, outcomes });
    const told = new Promise<void>((resolve) => {
      this.lane.send(
        tradesParcel(tradeBlock(trades, this.#symbols, symbol), (outcome) => {
          outcomes.push(outcome);
          resolve();
        }),
      );
    });
    this.#told.push(told);
  }

  flush(): void {
    this.lane.flush(this.#symbols);
  }

  /** Resolves when each parcel was told of. */
  async told(): Promise<void> {
    this.flush();
    await Promise.all(this.#told);
  }

  /** Writes that begin from now on wait, until the returned function is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#gate = new Promise((resolve) => (release = resolve));
    return () => {
      this.#gate = null;
      release();
    };
  }

  /** Ids of a market in the order in which they reached the sink. */
  reached(symbol: string): number[] {
    return this.begun.flatMap(({ bytes }) => decodeTrades(bytes).flatMap((row) => (row.symbol === symbol ? row.trade.id : [])));
  }

  /** What was said of each id: of each once, and of as many as are stored. Only when each parcel was told of. */
  fates(): Map<number, RowFate> {
    const fates = new Map<number, RowFate>();
    for (const { ids, outcomes } of this.sent) {
      expect(outcomes, 'a parcel is told once').toHaveLength(1);
      const { stored, refused } = outcomes[0]!;
      for (const { from, to, fate } of refused) {
        expect([from >= 0, from < to, to <= ids.length], 'rows of the parcel').toEqual([true, true, true]);
        for (const id of ids.slice(from, to)) {
          expect(fates.has(id), `${id} has one outcome`).toBe(false);
          fates.set(id, fate);
        }
      }
      const rest = ids.filter((id) => !fates.has(id));
      expect(stored).toBe(rest.length);
      for (const id of rest) fates.set(id, 'stored');
    }
    return fates;
  }

  /** Expects that what is read is what was said to be stored, each row once, in order, with its values. */
  async expectStored(): Promise<void> {
    const fates = this.fates();
    await this.expectRead((id) => fates.get(id) === 'stored');
  }

  /** Expects that what is read are these of the ids that were sent. */
  async expectRead(isThere: (id: number) => boolean = () => true): Promise<void> {
    for (const symbol of [BTC, ETH]) {
      const ids = this.sent.flatMap((parcel) => (parcel.symbol === symbol ? parcel.ids : []));
      const range = { from: T0, to: T0 + DAY };
      const rows = await this.opened.reader.trades({ exchange: this.exchange, symbol, range, limit: 10_000 });
      expect(rows.map(({ tradeId, price }) => `${tradeId} at ${price}`)).toEqual(
        ids.filter(isThere).map((id) => `${id} at ${priceOf(id) / 10n ** 12n}`),
      );
    }
  }

  #watched(sink: Sink): Sink {
    return {
      name: sink.name,
      write: async (batch) => {
        this.begun.push({ ...batch, bytes: batch.bytes.slice() });
        await this.#gate;
        await sink.write(batch);
      },
      close: async (deadlineMs) => {
        this.closes += 1;
        await sink.close(deadlineMs);
      },
    };
  }
}

/** A price that tells one trade from its neighbours. */
function priceOf(id: number): bigint {
  return BigInt(100 + (id % 50)) * 10n ** 12n;
}
