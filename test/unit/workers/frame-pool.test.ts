import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { binance } from '../../../src/exchanges/binance/index.js';
import { decodeThreads } from '../../../src/workers/decode-threads.js';
import { FramePool } from '../../../src/workers/frame-pool.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { MarketRun } from '../../support/core/market-run.js';
import { venueStream } from '../../support/core/venue-stream.js';

const TSX = ['--import', 'tsx'];
const BLOCK = 16;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'serac-pool-'));
  process.env['SERAC_TEST_DIED'] = path.join(folder, 'died');
});

afterEach(() => {
  delete process.env['SERAC_TEST_DIED'];
  rmSync(folder, { recursive: true });
});

describe('threads', () => {
  it.each([
    ['that live', undefined, 0],
    ['of which one dies with its blocks', new URL('../../support/workers/dying-task.ts', import.meta.url), 1],
  ])('%s give what one thread gives', async (_, entry, deaths) => {
    const { sent, markets } = venueStream(7, { faulty: false, ids: 2_000 });
    const pool = new FramePool(decodeThreads({ threads: 2, execArgv: TSX, ...(entry === undefined ? {} : { entry }) }), BLOCK);
    const alone = new MarketRun(markets);
    const pooled = new MarketRun(markets, undefined, undefined, ({ symbols, clock }) =>
      pool.for({ venue: binance, symbols, clockOf: () => clock }),
    );
    try {
      const texts = sent.flatMap((arrival) => (arrival.kind === 'frame' ? [arrival.text] : []));
      let received = 1_723_161_480_000_000_000n;
      for (let from = 0; from < texts.length; from += BLOCK) {
        const frames = texts.slice(from, from + BLOCK).map((text) => ({ bytes: bytesOf(text), receiveTime: (received += 1_000n) }));
        alone.frames$.next(frameBlock(frames));
        pooled.frames$.next(frameBlock(frames));
      }
      while (pooled.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      await pool.close();
    }
    for (const run of [alone, pooled]) run.finish();
    expect(pooled.stored).toEqual(alone.stored);
    expect(pooled.candles).toEqual(alone.candles);
    expect(pool.counters.pooled).toBeGreaterThan(0);
    expect(pool.counters.failed > 0).toBe(deaths > 0);
  });
});
