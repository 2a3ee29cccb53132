import { describe, expect, it } from 'vitest';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import { BLOCK_MAX_BYTES, BLOCK_MAX_FRAMES, FrameCollector } from '../../../src/sources/websocket/frame-collector.js';

function rig(keeps = true) {
  const blocks: FrameBlock[] = [];
  const given: FrameBlock[] = [];
  const chunkEnds: (() => void)[] = [];
  const turnEnds: (() => void)[] = [];
  let now = 0n;
  const collector = new FrameCollector(42, {
    nowNs: () => (now += 1n),
    onFrames: (block) => {
      given.push(block);
      // A block is only lent.
      if (keeps) blocks.push(block.keep());
    },
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
  /** Frames as they lie in one read, each behind a header of its own. */
  const takeAll = (texts: readonly string[]): void => {
    const bounds: number[] = [];
    let bytes = Buffer.alloc(0);
    for (const text of texts) {
      bounds.push(bytes.length + 2, bytes.length + 2 + Buffer.byteLength(text));
      bytes = Buffer.concat([bytes, Buffer.from([0x81, 0x7e]), Buffer.from(text)]);
    }
    collector.takeAll(bytes, Uint32Array.from(bounds), texts.length);
    // The bytes were lent, too.
    bytes.fill(0);
  };
  return { blocks, given, collector, take, takeAll, endChunk, endTurn };
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
    for (let turn = 0; turn < 400; turn++) {
      take('quiet');
      endTurn();
    }
    expect(blocks.at(-1)!.bytes.length).toBeLessThan(2_048);
  });

  it('gives frames that came in one read as it gives those that came one by one', () => {
    const sent = Array.from({ length: 7_000 }, (_, frame) => `{"frame":${frame},"fill":"${'x'.repeat((frame * 7) % 300)}"}`);
    const { blocks, take, takeAll, endChunk, endTurn } = rig();
    take(sent[0]!);
    endChunk();
    takeAll(sent.slice(1, 3_000));
    take(sent[3_000]!);
    takeAll(sent.slice(3_001));
    endTurn();
    expect(blocks.flatMap(texts)).toEqual(sent);
    expect(blocks.flatMap((block) => [...block.receiveTime.subarray(0, block.count)])).toEqual(
      sent.map((_, frame) => (frame === 0 ? 1n : 2n)),
    );
    for (const block of blocks) expect(block.length).toBeLessThanOrEqual(BLOCK_MAX_BYTES);
  });

  it('takes a frame that is larger than a block out of a read', () => {
    const { blocks, takeAll, endTurn } = rig();
    const large = 'y'.repeat(BLOCK_MAX_BYTES + 1);
    takeAll(['small', large, 'small', '']);
    endTurn();
    expect(blocks.flatMap(texts)).toEqual(['small', large, 'small', '']);
  });

  it('uses the memory of a block again when nobody has kept it, and only then', () => {
    const lent = rig(false);
    const kept = rig();
    for (const { take, endTurn } of [lent, kept]) {
      for (let turn = 0; turn < 3; turn++) {
        take('frame');
        endTurn();
      }
    }
    expect(new Set(lent.given).size).toBe(1);
    expect(new Set(kept.given).size).toBe(3);
  });

  it('needs no new memory for turns that vary, and for a stall now and then', () => {
    const { given, take, endTurn } = rig(false);
    const turnOf = (frames: number): void => {
      for (let frame = 0; frame < frames; frame++) take('z'.repeat(190));
      endTurn();
    };
    const cycle = (): void => {
      for (let turn = 0; turn < 200; turn++) turnOf(60 + ((turn * 37) % 50));
      turnOf(600);
    };
    cycle();
    cycle();
    const [before, memory] = [given.length, new Set(given)];
    for (let again = 0; again < 10; again++) cycle();
    expect(given.slice(before).filter((block) => !memory.has(block))).toEqual([]);
  });
});
