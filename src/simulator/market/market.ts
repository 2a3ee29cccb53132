import type { Instrument } from './instrument.js';
import type { MarketTrade } from './market-trade.js';

/** Where trades come from. A market has no clock: it is told the time, in microseconds, and answers with what is due. */
export interface Market {
  readonly instruments: readonly Instrument[];

  /**
   * Hands over the trades that are due, in the order of publication, and says whether none is left. It stops early
   * after about `maxTrades`, so that a caller who was late can let others work before it goes on.
   */
  release(nowUs: number, maxTrades: number, visit: (trade: MarketTrade) => void): boolean;

  /** Halts the market: nothing is released until it resumes, and what was to come is put off by as long. */
  halt(nowUs: number): void;
  resume(nowUs: number): void;

  /** What the venue's clock shows: a replayed market lives in the time of its capture. */
  venueTimeUs(nowUs: number): number;

  /** True when nothing will ever come: the capture is over. */
  readonly ended: boolean;

  /** True when trades come as quickly as they are taken, so that taking them may wait for the sockets. */
  readonly unpaced: boolean;
}
