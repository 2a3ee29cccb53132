import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import { decodeFrames, type DecodedBlock } from '../../../src/streams/decode-frames.js';
import { binanceBench, bytesOf, frameBlock } from '../../support/core/blocks.js';
import { tradeFrame } from '../../support/core/binance-frames.js';

/** Threads that take blocks of two frames or more, and are done with one when the test says so. */
function open() {
  const bench = binanceBench(['BTC-USDT']);
  const frames$ = new Subject<FrameBlock>();
  const done = new Map<FrameBlock, (take: () => DecodedBlock | null) => void>();
  const pool = {
    wants: ({ count }: FrameBlock) => count >= 2,
    decode: (frames: FrameBlock) => new Promise<() => DecodedBlock | null>((resolve) => done.set(frames, resolve)),
  };
  const ids: number[] = [];
  const waiting: number[] = [];
  let isComplete = false;
  frames$
    .pipe(
      decodeFrames(
        (frames) => bench.decode(frames),
        pool,
        (blocks) => waiting.push(blocks),
      ),
    )
    .subscribe({
      next: ({ trades }) => ids.push(...trades.id.subarray(0, trades.length)),
      complete: () => (isComplete = true),
    });
  const block = (...of: number[]): FrameBlock =>
    frameBlock(
      of.map((id) => {
        const frame = { E: '1700000000000', s: 'BTCUSDT', t: String(id), p: '10.0', q: '1.0', T: '1700000000000', m: 'true', M: 'true' };
        return { bytes: bytesOf(tradeFrame(frame, null)), receiveTime: 1_700_000_000_000_000_000n };
      }),
    );
  const finish = async (frames: FrameBlock): Promise<void> => {
    done.get(frames)!(() => null);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { frames$, block, finish, ids, waiting, isComplete: () => isComplete };
}

describe('blocks of frames', () => {
  it('come out in the order in which they came, though threads are done with a later one first', async () => {
    const { frames$, block, finish, ids, waiting, isComplete } = open();
    const [first, small, last] = [block(1, 2), block(3), block(4, 5)];
    for (const frames of [first, small, last]) frames$.next(frames);
    frames$.complete();
    expect([ids, waiting, isComplete()]).toEqual([[], [1, 2, 3], false]);
    await finish(last);
    expect([ids, isComplete()]).toEqual([[], false]);
    await finish(first);
    expect([ids, waiting.at(-1), isComplete()]).toEqual([[1, 2, 3, 4, 5], 0, true]);
  });

  it('are kept as long as they wait: their memory is lent, and who lent it may not use it again', () => {
    const { frames$, block, ids } = open();
    const [alone, pooled, behind] = [block(1), block(2, 3), block(4)];
    for (const frames of [alone, pooled, behind]) frames$.next(frames);
    expect(ids).toEqual([1]);
    expect([alone, pooled, behind].map(({ isKept }) => isKept)).toEqual([false, true, true]);
  });
});
