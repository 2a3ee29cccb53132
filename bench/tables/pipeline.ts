import { Subject } from 'rxjs';
import type { Candle } from '../../src/domain/candle.js';
import type { FrameBlock } from '../../src/domain/frame-block.js';
import { INTERVALS } from '../../src/domain/interval.js';
import type { Decoded } from '../../src/exchanges/venue.js';
import type { Tick } from '../../src/streams/fold-candles.js';
import { MarketState } from '../../src/streams/market-state.js';
import { pipeline } from '../../src/streams/pipeline.js';
import { capturedFrames, capturesAreThere } from '../inputs/captured-frames.js';
import { frameBlocks, messagesOf } from '../inputs/frame-blocks.js';
import { frameTexts, type FrameText } from '../inputs/frame-texts.js';
import { openDecoder } from '../inputs/open-decoder.js';
import { withOddShapes } from '../inputs/odd-shapes.js';
import { rxjsCandles } from '../naive/rxjs-candles.js';
import type { BenchTable, Contender } from '../harness/contender.js';
import { measure } from '../harness/measure.js';

const FRAMES = 131_072;
const SYMBOLS = 4;
const LATENESS_US = 2_000_000;
/** Blocks after which a store has acknowledged what came before: the recorder's batch of 65,536 rows. */
const BLOCKS_PER_BATCH = 32;

/** Frames to candles, on one core. */
export const pipelineTable: BenchTable = {
  name: 'pipeline',
  title: 'Pipeline: frames to candles',
  about: [
    'Decode, exact dedup, gap check and candles at all eight intervals with exact sums and proofs of completeness, through src/streams/pipeline.ts.',
    'The naive way: a trade at a time through RxJS (JSON.parse, groupBy symbol, scan into one float candle per symbol and interval), without dedup.',
    'Synthetic: four symbols, 20,000 trades a second of market time. Captured: real trades of two symbols, repeated with later ids and times.',
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 7,
  warmups: 3,
  targets: [
    { contender: 'serac, synthetic', figure: 'perSecond', atLeast: 1_000_000 },
    { contender: 'serac, captured', figure: 'perSecond', atLeast: 1_000_000 },
  ],
  prepare: () => ({
    contenders: [
      ...pair('synthetic', withOddShapes(frameTexts(FRAMES, SYMBOLS))),
      ...(capturesAreThere ? pair('captured', withOddShapes(capturedFrames(FRAMES))) : []),
    ],
  }),
};

function pair(input: string, frames: readonly FrameText[]): Contender[] {
  const blocks = frameBlocks(frames);
  const messages = messagesOf(blocks);
  const naive = `RxJS, ${input}`;
  const serac = `serac, ${input}`;
  return [
    {
      name: naive,
      run: () =>
        measure(naive, frames.length, () => {
          const result = rxjsCandles(messages);
          if (result.emitted !== frames.length * INTERVALS.length) throw new Error(`${result.emitted} candles were emitted`);
          return result;
        }),
    },
    { name: serac, against: naive, run: () => measure(serac, frames.length, () => runPipeline(blocks, frames.length)) },
  ];
}

function runPipeline(blocks: readonly FrameBlock[], expected: number): unknown {
  const { symbols, decode } = openDecoder();
  const state = new MarketState(symbols);
  const frames$ = new Subject<FrameBlock>();
  const output = pipeline(frames$, new Subject<Decoded>(), new Subject<Tick>(), { state, decode, allowedLatenessUs: LATENESS_US });
  let trades = 0;
  const candles: Candle[] = [];
  output.trades$.subscribe((deduped) => (trades += deduped.trades.length));
  output.candles$.subscribe((folded) => candles.push(...folded.candles));
  output.connect();
  for (const [index, block] of blocks.entries()) {
    frames$.next(block);
    if (index % BLOCKS_PER_BATCH === BLOCKS_PER_BATCH - 1) state.release(state.block - BLOCKS_PER_BATCH, state.emission);
  }
  if (trades !== expected) throw new Error(`${trades} of ${expected} trades came out`);
  return { state, decode, candles };
}
