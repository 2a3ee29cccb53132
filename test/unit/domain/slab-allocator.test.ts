import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Piece, pieceAlone, SlabAllocator } from '../../../src/domain/memory.js';

const SLAB_BYTES = 4_096;

describe('slab memory', () => {
  it('never lends a byte twice, in whatever order pieces come and go', () => {
    const step = fc.oneof(
      fc.record({ bytes: fc.integer({ min: 1, max: 2 * SLAB_BYTES }) }),
      fc.record({ giveBack: fc.integer({ min: 0, max: 1_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const memory = new SlabAllocator(SLAB_BYTES, 2);
        const lent: { piece: Piece; bytes: Uint8Array; mark: number }[] = [];
        let mark = 0;
        for (const each of steps) {
          if ('bytes' in each) {
            const piece = memory.take(each.bytes);
            expect(piece.offset % 8).toBe(0);
            const bytes = new Uint8Array(piece.slab.buffer, piece.offset, each.bytes);
            mark = (mark % 255) + 1;
            bytes.fill(mark);
            lent.push({ piece, bytes, mark });
          } else if (lent.length > 0) {
            memory.give(lent.splice(each.giveBack % lent.length, 1)[0]!.piece);
          }
          // What is lent holds what its borrower wrote.
          for (const { bytes, mark: written } of lent) expect(bytes.every((byte) => byte === written)).toBe(true);
        }
      }),
    );
  });

  it('needs no new memory for pieces of all sizes that come back in their order', () => {
    const memory = new SlabAllocator(SLAB_BYTES, 8);
    const buffers = new Set<ArrayBuffer>();
    const lent: Piece[] = [];
    for (let taken = 0; taken < 20_000; taken++) {
      const piece = memory.take(1 + ((taken * 7_919) % 1_500));
      buffers.add(piece.slab.buffer);
      lent.push(piece);
      if (lent.length > 20) memory.give(lent.shift()!);
    }
    // Twenty pieces of 750 bytes on average, the slab that is being cut, and one that is nearly free.
    expect(buffers.size).toBeLessThanOrEqual(8);
  });

  it('keeps no more slabs than its bound', () => {
    const memory = new SlabAllocator(SLAB_BYTES, 2);
    const burst = Array.from({ length: 10 }, () => memory.take(SLAB_BYTES));
    const buffers = new Set(burst.map(({ slab }) => slab.buffer));
    for (const piece of burst) memory.give(piece);
    const again = Array.from({ length: 10 }, () => memory.take(SLAB_BYTES));
    // Two that were kept, and the one that is being cut.
    expect(again.filter(({ slab }) => buffers.has(slab.buffer))).toHaveLength(3);
  });

  it('lets go of what a burst left behind', () => {
    const memory = new SlabAllocator(SLAB_BYTES, 100);
    const burst = Array.from({ length: 50 }, () => memory.take(SLAB_BYTES));
    for (const piece of burst) memory.give(piece);
    for (let calm = 0; calm < 10_000; calm++) memory.give(memory.take(SLAB_BYTES));
    const buffers = new Set(burst.map(({ slab }) => slab.buffer));
    const after = Array.from({ length: 50 }, () => memory.take(SLAB_BYTES));
    expect(after.filter(({ slab }) => buffers.has(slab.buffer)).length).toBeLessThanOrEqual(2);
  });

  it('takes back memory that nothing else is cut from', () => {
    const memory = new SlabAllocator(SLAB_BYTES, 2);
    const alone = pieceAlone(100);
    expect(alone.slab.buffer.byteLength).toBe(100);
    memory.give(alone);
    expect(memory.take(50).slab.buffer).not.toBe(alone.slab.buffer);
  });
});
