import type { SentMarket } from './load-chunks.js';

/** What a process that records a load is told. */
export interface RecordOrder {
  readonly way: 'serac' | 'naive';
  readonly url: string;
  readonly trades: number;
  readonly markets: readonly SentMarket[];
}

/** What it found. */
export interface Recorded {
  readonly trades: number;
  /** From the first frame to the last acknowledgement. */
  readonly wallMs: number;
  readonly daemonCpuMs: number;
  readonly storeCpuMs: number;
  /** CPU time of all processes of the machine meanwhile, those of other people too. */
  readonly machineMs: number;
  /** Candles that were held against a second fold of the stored trades. */
  readonly candles: number;
  /** Sentences that say what is wrong; empty where every trade is stored once and every candle is right. */
  readonly faults: readonly string[];
}
