import type { TradeBlock } from '../../src/domain/trade-block.js';
import { frameBlocks } from './frame-blocks.js';
import { frameTexts } from './frame-texts.js';
import { openDecoder } from './open-decoder.js';

/** Trades of the simulator's market in the blocks that the decoder gives. */
export function decodedBlocks(count: number, symbols: number): TradeBlock[] {
  const { decode } = openDecoder();
  return frameBlocks(frameTexts(count, symbols)).map((block) => decode(block).trades);
}
