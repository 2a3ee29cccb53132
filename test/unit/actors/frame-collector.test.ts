import { describe, expect, it } from 'vitest';
import { BLOCK_MAX_BYTES, BLOCK_MAX_FRAMES, FrameCollector } from '../../../src/actors/frame-collector.js';
import type { FrameBlock } from '../../../src/domain/frame-block.js';

function rig() {
  const blocks: FrameBlock[] = [];
  const chunkEnds: (() => void)[] = [];
  const turnEnds: (() => void)[] = [];
  let now = 0n;
  const collector = new FrameCollector(42, {
    nowNs: () => (now += 1n),
    onFrames: (block) => void blocks.push(block),
    afterChunk: (run) => void chunkEnds.push(run),
    afterTurn: (run) => void turnEnds.push(run),
  });
  const endChunk = (): void => {
    for (const run of chunkEnds.splice(0)) run();
  };
  const endTurn = (): void => {
    endChunk();
    for (const run of turnEnds.splice(0)) run();
  };
  const take = (text: string): void => collector.take(Buffer.from(text));
  return { blocks, collector, take, endChunk, endTurn };
}

const texts = (block: FrameBlock): string[] =>
  Array.from({ length: block.count }, (_, index) => Buffer.from(block.frame(index)).toString());

describe('frame collector', () => {
  it('gives the frames of a turn as one block, in order, with the bytes they had', () => {
    const { blocks, take, endTurn } = rig();
    for (let frame = 0; frame < 100; frame++) take(`{"frame":${frame}}`);
    endTurn();
    expect(blocks.flatMap(texts)).toEqual(Array.from({ length: 100 }, (_, frame) => `{"frame":${frame}}`));
    expect(blocks.every(({ connectionId, origin }) => connectionId === 42 && origin === 'live')).toBe(true);
    take('next');
    endTurn();
    expect(texts(blocks.at(-1)!)).toEqual(['next']);
  });

  it('stamps all frames of a chunk with one time, and each chunk with its own', () => {
    const { blocks, take, endChunk, endTurn } = rig();
    take('a');
    take('b');
    endChunk();
    take('c');
    endTurn();
    expect([...blocks[0]!.receiveTime.subarray(0, 3)]).toEqual([1n, 1n, 2n]);
  });

  it('keeps blocks within their bounds, whatever comes', () => {
    const { blocks, take, endTurn } = rig();
    for (let turn = 0; turn < 5; turn++) {
      for (let frame = 0; frame < 10_000; frame++) take('x'.repeat(170));
      endTurn();
    }
    expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(50_000);
    for (const block of blocks) {
      expect(block.count).toBeLessThanOrEqual(BLOCK_MAX_FRAMES);
      expect(block.length).toBeLessThanOrEqual(BLOCK_MAX_BYTES);
    }
    // It has learned the size: a busy connection gives full blocks.
    expect(Math.max(...blocks.map(({ count }) => count))).toBe(BLOCK_MAX_FRAMES);
  });

  it('takes a frame that is larger than a block', () => {
    const { blocks, take, endTurn } = rig();
    const large = 'y'.repeat(BLOCK_MAX_BYTES + 1);
    take('small');
    take(large);
    take('small');
    endTurn();
    expect(blocks.flatMap(texts)).toEqual(['small', large, 'small']);
  });

  it('allocates little for a connection that says little, also after a burst', () => {
    const { blocks, take, endTurn } = rig();
    for (let frame = 0; frame < 5_000; frame++) take('z'.repeat(100));
    endTurn();
    for (let turn = 0; turn < 40; turn++) {
      take('quiet');
      endTurn();
    }
    expect(blocks.at(-1)!.bytes.length).toBeLessThan(2_048);
  });
});
