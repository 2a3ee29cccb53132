import { Subject } from 'rxjs';
import { FrameBlock } from '../../src/domain/frame-block.js';
import { SymbolTable } from '../../src/domain/symbol-table.js';
import { VenueClock } from '../../src/domain/venue-clock.js';
import { binance } from '../../src/exchanges/binance/index.js';
import type { Decoded } from '../../src/exchanges/venue.js';
import type { TimeAdvance } from '../../src/streams/fold-candles.js';
import { MarketState } from '../../src/streams/market-state.js';
import { pipeline } from '../../src/streams/pipeline.js';
import { decodeThreads } from '../../src/workers/decode-threads.js';
import { FramePool } from '../../src/workers/frame-pool.js';
import { frameBlocks } from '../inputs/frame-blocks.js';
import { frameTexts } from '../inputs/frame-texts.js';
import type { BenchTable, Contender } from '../harness/contender.js';
import { measure } from '../harness/measure.js';

const FRAMES = 131_072;
const SYMBOLS = 4;
const LATENESS_US = 2_000_000;
const MAX_SKEW_US = 60_000_000;
const ROWS = [256, 1_024, 2_048] as const;
const THREADS = [1, 2] as const;
/** What a user's threads run: loaded as TypeScript, each name of a module would be looked up anew. */
const BUILT = new URL('../../dist/workers/decode-task.js', import.meta.url);
/** Blocks handed over before their results are waited for, as a file is read. */
const WAITING_MAX = 16;

/** Where a pool begins to pay: frames to candles, with and without threads, by the size of the blocks. */
export const poolTable: BenchTable = {
  name: 'pool',
  title: 'Pool of threads: where it pays',
  about: [
    'Decode, dedup and candles of the same frames in blocks of 256 to 2,048: on one thread, and with 1 or 2 threads beside it that decode and fold.',
    'By wall time, on a machine of which nothing else is asked: with a store beside it the threads share its cores.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 5,
  warmups: 1,
  targets: [],
  prepare: () => {
    const large = frameBlocks(frameTexts(FRAMES, SYMBOLS));
    const pools = new Map(THREADS.map((threads) => [threads, new FramePool(decodeThreads({ threads, entry: BUILT, execArgv: [] }), 1)]));
    return {
      contenders: ROWS.flatMap((rows) => contenders(rows, recut(large, rows), pools)),
      close: async () => {
        for (const pool of pools.values()) await pool.close();
      },
    };
  },
};

function contenders(rows: number, blocks: readonly FrameBlock[], pools: ReadonlyMap<number, FramePool>): Contender[] {
  const alone = `${rows} rows, one thread`;
  return [
    { name: alone, run: () => measure(alone, FRAMES, () => run(blocks, undefined)) },
    ...[...pools].map(([threads, pool]): Contender => {
      const name = `${rows} rows, ${threads} beside it`;
      return { name, against: alone, run: () => measure(name, FRAMES, () => run(blocks, pool)) };
    }),
  ];
}

async function run(blocks: readonly FrameBlock[], pool: FramePool | undefined): Promise<unknown> {
  const symbols = new SymbolTable(binance.name);
  const clock = new VenueClock(MAX_SKEW_US);
  const resolve = (venueSymbol: string): number => symbols.codeOf(binance.toSymbol(venueSymbol)!);
  const decode = binance.decoder({ symbols, resolve, clock });
  const state = new MarketState(symbols);
  const frames$ = new Subject<FrameBlock>();
  let waiting = 0;
  let wake: () => void = () => undefined;
  const output = pipeline(frames$, new Subject<Decoded>(), new Subject<TimeAdvance>(), {
    ...{ state, decode, allowedLatenessUs: LATENESS_US },
    ...(pool === undefined ? {} : { pool: pool.for({ venue: binance, symbols, clockOf: () => clock }) }),
    onWaiting: (blocksWaiting) => {
      waiting = blocksWaiting;
      wake();
    },
  });
  let trades = 0;
  output.trades$.subscribe((deduped) => (trades += deduped.trades.length));
  output.candles$.subscribe(({ emission }) => state.release(state.block, emission));
  output.connect();
  const below = async (blocksWaiting: number): Promise<void> => {
    while (waiting > blocksWaiting) await new Promise<void>((resolveWait) => (wake = resolveWait));
  };
  for (const block of blocks) {
    frames$.next(block);
    await below(WAITING_MAX - 1);
  }
  await below(0);
  if (trades !== FRAMES) throw new Error(`${trades} of ${FRAMES} trades came out`);
  return state;
}

/** The same frames in blocks of so many. */
function recut(blocks: readonly FrameBlock[], rows: number): FrameBlock[] {
  const cut: FrameBlock[] = [];
  for (const block of blocks) {
    for (let from = 0; from < block.count; from += rows) {
      const to = Math.min(from + rows, block.count);
      const piece = new FrameBlock(block.connectionId, block.origin, to - from, block.ends[to - 1]! - block.starts[from]!);
      for (let frame = from; frame < to; frame++) piece.push(block.frame(frame), block.receiveTime[frame]!);
      cut.push(piece);
    }
  }
  return cut;
}
