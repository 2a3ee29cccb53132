import { Subject } from 'rxjs';
import { type Candle, INTERVALS } from '../../src/domain/candle.js';
import type { FrameBlock } from '../../src/domain/frame-block.js';
import type { TradeBlock } from '../../src/domain/trade-block.js';
import type { Decoded } from '../../src/exchanges/venue.js';
import type { TimeAdvance } from '../../src/streams/fold-candles.js';
import { MarketState } from '../../src/streams/market-state.js';
import { pipeline } from '../../src/streams/pipeline.js';
import { capturedFrames, capturesAreThere } from '../inputs/captured-frames.js';
import { frameBlocks, messagesOf } from '../inputs/frame-blocks.js';
import { frameTexts, type FrameText } from '../inputs/frame-texts.js';
import { openDecoder } from '../inputs/open-decoder.js';
import { withOddShapes } from '../inputs/odd-shapes.js';
import { plainProgram } from '../naive/plain-program.js';
import { rxjsCandles } from '../naive/rxjs-candles.js';
import type { BenchTable, Contender, Target } from '../harness/contender.js';
import { measure } from '../harness/measure.js';
import { absentNotes } from '../peers/absent-notes.js';
import { ccxtCandles, countTrades } from '../peers/ccxt-candles.js';
import { loadCcxt, type CcxtBinance } from '../peers/load-ccxt.js';
import { loadTardis, type Tardis } from '../peers/load-tardis.js';
import { tardisBars } from '../peers/tardis-bars.js';

const FRAMES = 131_072;
/** For the naive ways and the peers. */
const FEW_FRAMES = 32_768;
const SYMBOLS = 4;
const LATENESS_US = 2_000_000;
/** Blocks after which a store has acknowledged what came before: the recorder's batch of 65,536 rows. */
const BLOCKS_PER_BATCH = 32;

const INPUTS = ['synthetic', 'captured'] as const;
const WAYS = ['plain', 'RxJS', 'tardis-dev', 'ccxt'];
/** Markets of both inputs. */
const VENUE_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'PEPEUSDT'];

/** Frames to candles, on one core. */
export const pipelineTable: BenchTable = {
  name: 'pipeline',
  title: 'Pipeline: frames to candles',
  about: [
    'Decode, exact dedup, gap check and candles at all eight intervals with exact sums and proofs of completeness, through src/streams/pipeline.ts.',
    'The others have a quarter of the input, floats, and no dedup. Plain: a loop with JSON.parse and one float candle of each symbol and interval in',
    'memory. RxJS: the same, a trade at a time through groupBy and scan. tardis-dev: JSON.parse, its normalizeTrades and bars of 1 s and 60 s. ccxt:',
    'JSON.parse, its parseTrade and, at the end, buildOHLCVC of 1 m. So the peers make candles of two intervals and of one, Serac of eight.',
    'Synthetic: four symbols, 20,000 trades a second of market time. Captured: real trades of two symbols, repeated with later ids and times.',
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 7,
  warmups: 1,
  targets: [
    ...INPUTS.flatMap((input): Target[] => [
      { contender: `serac, ${input}`, figure: 'perSecond', atLeast: 1_000_000 },
      { contender: `serac, ${input}`, figure: 'ratio', against: `plain, ${input}`, atLeast: 5 },
    ]),
    { contender: 'serac, captured', figure: 'ratio', against: 'tardis-dev, captured', atLeast: 8 },
  ],
  async prepare() {
    const peers = { 'tardis-dev': await loadTardis(), ccxt: await loadCcxt(VENUE_SYMBOLS) };
    const inputs = {
      synthetic: () => frameTexts(FRAMES, SYMBOLS),
      captured: () => capturedFrames(FRAMES),
    };
    return {
      notes: absentNotes(peers),
      contenders: INPUTS.flatMap((input) =>
        input === 'captured' && !capturesAreThere ? [] : contenders(input, withOddShapes(inputs[input]()), peers),
      ),
    };
  },
};

function contenders(
  input: string,
  frames: readonly FrameText[],
  { 'tardis-dev': tardis, ccxt }: { readonly 'tardis-dev': Tardis | undefined; readonly ccxt: CcxtBinance | undefined },
): Contender[] {
  const blocks = frameBlocks(frames);
  // The texts themselves are not to be kept: a collection would look at each of them, and whoever runs then would pay for it.
  const count = frames.length;
  const messages = messagesOf(blocks).slice(0, FEW_FRAMES);
  const [plain, rxjs, tardisName, ccxtName] = WAYS.map((way) => `${way}, ${input}`) as [string, string, string, string];
  const serac = `serac, ${input}`;
  // As a connection has it, for as long as it lives.
  const decoder = openDecoder();
  return [
    few(plain, messages, plainProgram, (candles) => candles.count() / INTERVALS.length),
    few(rxjs, messages, rxjsCandles, ({ emitted }) => emitted / INTERVALS.length),
    ...(tardis === undefined
      ? []
      : [
          few(
            tardisName,
            messages,
            () => tardisBars(tardis, messages),
            ({ trades, bars }) => (bars > 0 ? trades : 0),
          ),
        ]),
    ...(ccxt === undefined
      ? []
      : [
          few(
            ccxtName,
            messages,
            () => ccxtCandles(ccxt, messages),
            (candles) => countTrades(candles.flat()),
          ),
        ]),
    {
      name: serac,
      against: [plain, rxjs, tardisName, ccxtName],
      run: () => measure(serac, count, () => runPipeline(decoder, blocks, count)),
    },
  ];
}

/** @param count how many trades a result counts: all that there were, or it is wrong */
function few<T>(
  name: string,
  messages: readonly Buffer[],
  work: (messages: readonly Buffer[]) => T | Promise<T>,
  count: (result: T) => number,
): Contender {
  return {
    name,
    run: () =>
      measure(name, messages.length, async () => {
        const result = await work(messages);
        if (count(result) !== messages.length) throw new Error(`${name}: ${count(result)} of ${messages.length} trades were counted`);
        return result;
      }),
  };
}

function runPipeline({ symbols, decode }: ReturnType<typeof openDecoder>, blocks: readonly FrameBlock[], expected: number): unknown {
  const state = new MarketState(symbols);
  const frames$ = new Subject<FrameBlock>();
  const output = pipeline(frames$, new Subject<Decoded>(), new Subject<TimeAdvance>(), { state, decode, allowedLatenessUs: LATENESS_US });
  let trades = 0;
  const candles: Candle[] = [];
  const unacknowledged: TradeBlock[] = [];
  output.trades$.subscribe((deduped) => {
    trades += deduped.trades.length;
    unacknowledged.push(deduped.trades);
  });
  output.candles$.subscribe((folded) => candles.push(...folded.candles));
  output.connect();
  for (const [index, block] of blocks.entries()) {
    frames$.next(block);
    if (index % BLOCKS_PER_BATCH !== BLOCKS_PER_BATCH - 1) continue;
    for (const acknowledged of unacknowledged.splice(0, unacknowledged.length - BLOCKS_PER_BATCH)) acknowledged.release();
    state.release(state.block - BLOCKS_PER_BATCH, state.emission);
  }
  for (const acknowledged of unacknowledged) acknowledged.release();
  if (trades !== expected) throw new Error(`${trades} of ${expected} trades came out`);
  return { state, decode, candles };
}
