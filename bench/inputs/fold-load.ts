import { Subject } from 'rxjs';
import { systemClock } from '../../src/daemon/system-clock.js';
import type { FrameBlock } from '../../src/domain/frame-block.js';
import type { Decoded } from '../../src/exchanges/venue.js';
import type { Connection } from '../../src/sources/websocket/dial.js';
import type { TimeAdvance } from '../../src/streams/fold-candles.js';
import { MarketState } from '../../src/streams/market-state.js';
import { pipeline } from '../../src/streams/pipeline.js';
import { listenToLoad } from './listen-to-load.js';
import { openDecoder } from './open-decoder.js';

const LATENESS_US = 2_000_000;

/** Blocks after which a store would have acknowledged what came before. */
const RELEASE_EVERY_BLOCKS = 128;

/** Takes a load from its socket to candles in memory, where it ends: no store. Gives the number of final candles. */
export async function foldLoad(url: string, trades: number, began: () => void): Promise<number> {
  const { symbols, decode } = openDecoder();
  const state = new MarketState(symbols);
  const frames$ = new Subject<FrameBlock>();
  const output = pipeline(frames$, new Subject<Decoded>(), new Subject<TimeAdvance>(), { state, decode, allowedLatenessUs: LATENESS_US });
  let [taken, candles] = [0, 0];
  output.trades$.subscribe((deduped) => (taken += deduped.trades.length));
  output.candles$.subscribe((folded) => (candles += folded.candles.length));
  output.connect();
  let connection: Connection | undefined;
  await new Promise<void>((resolve, reject) => {
    connection = listenToLoad(url, systemClock(), {
      onOpen: began,
      onBlock: (block) => {
        frames$.next(block);
        if (state.block % RELEASE_EVERY_BLOCKS === 0) state.release(state.block, state.emission);
        if (taken >= trades) resolve();
      },
      onFailure: reject,
    });
  });
  connection?.terminate();
  return candles;
}
