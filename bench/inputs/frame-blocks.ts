import { FrameBlock } from '../../src/domain/frame-block.js';
import { BLOCK_MAX_BYTES, BLOCK_MAX_FRAMES } from '../../src/sources/websocket/frame-collector.js';
import type { FrameText } from './frame-texts.js';

const CONNECTION_ID = 1;
/** How long a chunk was under way. */
const LATENCY_US = 900;
/** A socket under load gives 64 KiB at a time; all frames of such a chunk carry one receive time, as the collector stamps them. */
const FRAMES_PER_CHUNK = 380;

/** Frames in the blocks in which a socket's collector would give them under load. */
export function frameBlocks(frames: readonly FrameText[]): FrameBlock[] {
  const newBlock = (): FrameBlock => new FrameBlock(CONNECTION_ID, 'live', BLOCK_MAX_FRAMES, BLOCK_MAX_BYTES);
  const blocks = [newBlock()];
  for (let from = 0; from < frames.length; from += FRAMES_PER_CHUNK) {
    const chunk = frames.slice(from, from + FRAMES_PER_CHUNK);
    const receiveTime = BigInt(Math.floor(chunk.at(-1)!.sentUs) + LATENCY_US) * 1_000n;
    for (const { text } of chunk) {
      const bytes = Buffer.from(text);
      if (blocks.at(-1)!.push(bytes, receiveTime)) continue;
      blocks.push(newBlock());
      blocks.at(-1)!.push(bytes, receiveTime);
    }
  }
  return blocks;
}

/** The same frames one by one, as `ws` hands them to a program that parses each message. */
export function messagesOf(blocks: readonly FrameBlock[]): Buffer[] {
  return blocks.flatMap((block) => Array.from({ length: block.count }, (_, index) => Buffer.from(block.frame(index))));
}
