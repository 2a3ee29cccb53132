import type { SentMarket } from './load-tape.js';

/** What a process that records a load is told. */
export interface RecordOrder {
  /** `serac` and `naive` store what they record; the others end with candles in memory. */
  readonly way: 'serac' | 'naive' | 'candles' | 'naive-candles';
  readonly url: string;
  readonly trades: number;
  /** Trades a second; as fast as they are read where nothing is given. */
  readonly rate?: number;
  readonly markets: readonly SentMarket[];
}

/** Times from the moment at which a trade was to be sent, late or not, to that at which its candle could be read in memory, us. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What it found. */
export interface Recorded {
  readonly trades: number;
  /** From the first frame to the last acknowledgement, or to the last candle where nothing is stored. */
  readonly wallMs: number;
  readonly daemonCpuMs: number;
  readonly storeCpuMs: number;
  /** CPU time of all processes of the machine meanwhile, those of other people too. */
  readonly machineMs: number;
  /** Of a paced load, run by run. */
  readonly latencies?: readonly Latency[];
  /** Candles that were held against a second fold of the stored trades. */
  readonly candles: number;
  /** Sentences that say what is wrong; empty where every trade is stored once and every candle is right. */
  readonly faults: readonly string[];
}
