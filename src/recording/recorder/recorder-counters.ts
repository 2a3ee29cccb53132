/** Counters of the recorder since its start. */
export interface RecorderCounters {
  /** Trades received, duplicates included. */
  decoded: number;
  /** Duplicates dropped before the store. */
  repeated: number;
  /** Trades accepted, without duplicates. */
  accepted: number;
  acknowledged: number;
  /** Trades that wait on disk for the store, since the start of the recorder's outage. */
  spooled: number;
  /** Trades and candles refused by the store. */
  refused: number;
  candlesRefused: number;
  ignoredFrames: number;
  zeroQuantity: number;
  candles: number;
  /** Candles whose numbers do not fit their columns. */
  candleOverflows: number;
  refolds: number;
  readonly rejects: Map<string, number>;
  rejectsDropped: number;
}

export const newCounters = (): RecorderCounters => ({
  ...{
    decoded: 0,
    repeated: 0,
    accepted: 0,
    acknowledged: 0,
    spooled: 0,
    refused: 0,
    candlesRefused: 0,
    ignoredFrames: 0,
    zeroQuantity: 0,
  },
  ...{ candles: 0, candleOverflows: 0, refolds: 0, rejects: new Map<string, number>(), rejectsDropped: 0 },
});
