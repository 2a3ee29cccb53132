/** Tables that batches are written to. */
export const BATCH_TABLES = [
  ...(['trades_data', 'candles_data', 'rejects', 'gaps'] as const),
  ...(['feed_events', 'instruments', 'checkpoints', 'raw_frames'] as const),
] as const;

/** Encoded rows on their way to a sink: retries, the spool and deduplication use the same bytes. */
export interface Batch {
  readonly table: (typeof BATCH_TABLES)[number];
  readonly rows: number;
  /** `ArrowStream` or `JSONEachRow` bytes. */
  readonly format: 'ArrowStream' | 'JSONEachRow';
  readonly bytes: Uint8Array;
  /** Hash of the bytes: only identical bytes sent again may be dropped as a duplicate. */
  readonly token: string;
  /** Releases the memory of the bytes, once the rows are stored and nothing reads the bytes any more. */
  readonly release?: () => void;
}

/**
 * A destination of batches. A write either resolves (the rows are stored and survive a kill) or rejects with a SeracError that says whether
 * a retry can help; every sink must pass test/contract/sink.contract.ts.
 */
export interface Sink {
  readonly name: string;
  write(batch: Batch): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}
