import { Subject } from 'rxjs';
import type { Candle } from '../../src/domain/candle.js';
import type { Decoded } from '../../src/exchanges/venue.js';
import { dedup } from '../../src/streams/dedup.js';
import { foldCandles } from '../../src/streams/fold-candles.js';
import { MarketState } from '../../src/streams/market-state.js';

const LATENESS_US = 2_000_000;
/** Blocks after which a store has acknowledged what came before. */
const BLOCKS_PER_BATCH = 32;

/** The final candles of blocks, by the streams that the daemon folds with. */
export function foldBlocks(blocks: readonly Decoded[]): Candle[] {
  const state = new MarketState(blocks[0]!.trades.symbols);
  const decoded$ = new Subject<Decoded>();
  const candles: Candle[] = [];
  decoded$.pipe(dedup(state), foldCandles(state, LATENESS_US)).subscribe((folded) => candles.push(...folded.candles));
  for (const [index, block] of blocks.entries()) {
    decoded$.next(block);
    if (index % BLOCKS_PER_BATCH === BLOCKS_PER_BATCH - 1) state.release(state.block - BLOCKS_PER_BATCH, state.emission);
  }
  return candles;
}
