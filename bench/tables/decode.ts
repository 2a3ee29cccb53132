import { capturedFrames, capturesAreThere } from '../inputs/captured-frames.js';
import { frameBlocks, messagesOf } from '../inputs/frame-blocks.js';
import { frameTexts, type FrameText } from '../inputs/frame-texts.js';
import { withOddShapes } from '../inputs/odd-shapes.js';
import { openDecoder } from '../inputs/open-decoder.js';
import { parseColumns } from '../naive/parse-columns.js';
import type { BenchTable, Contender } from '../harness/contender.js';
import { measure } from '../harness/measure.js';

const FRAMES = 131_072;
/** For the naive way. */
const FEW_FRAMES = 16_384;
const SYMBOLS = 4;

/** Frames to columns, on one core. */
export const decodeTable: BenchTable = {
  name: 'decode',
  title: 'Decode: frames to columns',
  about: [
    'Combined trade frames to a struct of arrays with exact decimals. One frame in a hundred has another shape (spaces, another order of keys,',
    'a key more), which only the general parser reads. The naive way: Buffer to string, JSON.parse, the same columns, on an eighth of the input.',
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 7,
  warmups: 1,
  targets: [
    { contender: 'serac, synthetic', figure: 'ratio', atLeast: 8 },
    { contender: 'serac, captured', figure: 'ratio', atLeast: 8 },
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
  // The texts themselves are not to be kept: a collection would look at each of them, and whoever runs then would pay for it.
  const count = frames.length;
  const messages = messagesOf(blocks).slice(0, FEW_FRAMES);
  // As in a daemon, a connection's decoder lives as long as its socket.
  const { decode } = openDecoder();
  const naive = `JSON.parse, ${input}`;
  const serac = `serac, ${input}`;
  return [
    { name: naive, run: () => measure(naive, messages.length, () => parseColumns(messages, 0n)) },
    {
      name: serac,
      against: naive,
      run: () =>
        measure(serac, count, () => {
          let rows = 0;
          let last: unknown;
          for (const block of blocks) {
            const decoded = decode(block);
            rows += decoded.trades.length;
            // As in a daemon, once a block is acknowledged.
            decoded.trades.release();
            last = decoded;
          }
          if (rows !== count) throw new Error(`${rows} of ${count} frames were decoded`);
          return last;
        }),
    },
  ];
}
