import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binance } from '../../src/exchanges/binance/index.js';
import { decodeBlock } from '../../src/workers/decode-block.js';
import type { DecodeThreads } from '../../src/workers/decode-threads.js';
import { FramePool } from '../../src/workers/frame-pool.js';
import type { DecodeResult, DecodeTask } from '../../src/workers/task.js';
import { bytesOf, frameBlock, rowOf } from '../support/core/blocks.js';
import { MarketRun } from '../support/core/market-run.js';
import { Random } from '../support/core/random.js';
import { disordered, venueStream } from '../support/core/venue-stream.js';
import { effort } from '../support/effort.js';

/** Threads that finish in any order, and die now and then: what they are given and give is copied, as between threads. */
class RandomThreads implements DecodeThreads {
  readonly #underWay: (() => void)[] = [];

  constructor(
    private readonly random: Random,
    private readonly deaths: number,
  ) {}

  run(task: DecodeTask): Promise<DecodeResult> {
    const copy = structuredClone(task);
    return new Promise((resolve, reject) => {
      this.#underWay.push(() => {
        if (this.random.chance(this.deaths)) reject(new Error('the thread died'));
        else resolve(structuredClone(decodeBlock(copy)));
      });
    });
  }

  /** Ends one of the tasks under way. */
  finish(): void {
    const [task] = this.#underWay.splice(this.random.below(this.#underWay.length), 1);
    task?.();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Rows in the order in which they came out, with the block's number. */
function rowsOf(run: MarketRun): string[] {
  const rows: string[] = [];
  run.output.trades$.subscribe(({ trades, block }) => {
    for (let row = 0; row < trades.length; row++) {
      const trade = rowOf(trades, row);
      rows.push(
        [block, trade.symbol, trade.id, trade.price, trade.quantity, trade.time, trades.receiveTime[row], trades.origin[row]].join(' '),
      );
    }
  });
  return rows;
}

describe('a pool of threads', () => {
  it('changes nothing: not one row, candle, reject or word on completeness, in whatever order blocks are done and threads die', async () => {
    const counts = { pooled: 0, handedBack: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.boolean(),
        fc.constantFrom('inOrder' as const, 'repeated' as const, 'pieces' as const, 'anyOrder' as const),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom(0, 0.3),
        async (seed, faulty, how, size, minRows, deaths) => {
          const { sent, markets } = venueStream(seed, { faulty, ids: 220, inverted: seed % 2 === 0 ? 0 : 0.1 });
          const arrivals = disordered(new Random(seed + 1), sent, how);
          const random = new Random(seed + 2);
          const threads = new RandomThreads(random, deaths);
          const pool = new FramePool(threads, minRows);
          const alone = new MarketRun(markets);
          const pooled = new MarketRun(markets, undefined, undefined, ({ symbols, clock }) =>
            pool.for({ venue: binance, symbols, clockOf: () => clock }),
          );
          const [rowsAlone, rowsPooled] = [rowsOf(alone), rowsOf(pooled)];
          let pending: string[] = [];
          let received = 1_723_161_480_000_000_000n;
          const flush = (): void => {
            if (pending.length === 0) return;
            const frames = pending.map((text) => ({ bytes: bytesOf(text), receiveTime: (received += 1_000n) }));
            alone.frames$.next(frameBlock(frames));
            pooled.frames$.next(frameBlock(frames, 3));
            pending = [];
          };
          const settle = async (): Promise<void> => {
            while (pooled.waiting > 0) {
              threads.finish();
              await new Promise((resolve) => void setImmediate(resolve));
            }
          };
          for (const arrival of arrivals) {
            if (arrival.kind === 'page') {
              // What REST gives does not wait for threads: beside them it would be another order of arrival.
              flush();
              await settle();
              for (const run of [alone, pooled]) run.page(arrival.symbol, arrival.body);
              continue;
            }
            pending.push(arrival.text);
            if (pending.length >= size || random.chance(0.01)) flush();
          }
          flush();
          await settle();
          for (const run of [alone, pooled]) run.finish();
          expect(rowsPooled).toEqual(rowsAlone);
          expect(pooled.candles).toEqual(alone.candles);
          expect(pooled.rejects).toEqual(alone.rejects);
          expect(pooled.repeated).toBe(alone.repeated);
          for (const { code, coverage } of alone.state.all()) {
            const other = pooled.state.of(code).coverage;
            expect(other.seen.ranges()).toEqual(coverage.seen.ranges());
            expect(other.empty.ranges()).toEqual(coverage.empty.ranges());
            expect(other.rejected.ranges()).toEqual(coverage.rejected.ranges());
          }
          for (const name of ['pooled', 'handedBack', 'failed'] as const) counts[name] += pool.counters[name];
        },
      ),
      { numRuns: effort(120) },
    );
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(30);
  });
});
