import { TradeFrames } from '../../src/simulator/binance/publishers.js';
import { defaultSymbols, madeUpSymbols } from '../../src/simulator/market/modelled-symbols.js';
import { RandomMarket } from '../../src/simulator/market/random-market.js';

/** Where the synthetic market begins: a whole day, so that every run folds the same windows. */
const MARKET_START_MS = Date.UTC(2025, 5, 2);

/** Trades a second in the market's own time: the rate of a venue's busy hour, all symbols together. */
export const MARKET_RATE = 20_000;
const SEED = 7;
const STEP_US = 50_000;

export interface FrameText {
  readonly text: string;
  /** When the venue sent it, us. */
  readonly sentUs: number;
}

/** Visits so many combined trade frames of the simulator's market; ids of each symbol rise by one. The same at every call. */
export function visitFrameTexts(count: number, symbols: number, visit: (frame: FrameText) => void, rate = MARKET_RATE): void {
  const markets = symbols > defaultSymbols.length ? madeUpSymbols(symbols) : defaultSymbols.slice(0, symbols);
  const market = new RandomMarket({ seed: SEED, startTimeMs: MARKET_START_MS, rate, symbols: markets, steady: true });
  const printers = market.instruments.map((instrument) => new TradeFrames(instrument));
  let made = 0;
  for (let nowUs = MARKET_START_MS * 1_000; made < count; nowUs += STEP_US) {
    market.release(nowUs, Infinity, (trade) => {
      if (made === count) return;
      made += 1;
      visit({ text: printers[trade.instrument]!.combined(trade, false), sentUs: trade.eventTimeUs });
    });
  }
}

/** Such frames as a list. */
export function frameTexts(count: number, symbols: number): FrameText[] {
  const frames: FrameText[] = [];
  visitFrameTexts(count, symbols, (frame) => frames.push(frame));
  return frames;
}
