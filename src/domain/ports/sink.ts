/** Tables that batches go to. */
export const BATCH_TABLES = [
  ...(['trades_data', 'candles_data', 'rejects', 'gaps'] as const),
  ...(['feed_events', 'instruments', 'checkpoints', 'raw_frames'] as const),
] as const;

/** Rows on their way to a sink, encoded once: what is retried, spooled and deduplicated is these bytes. */
export interface Batch {
  readonly table: (typeof BATCH_TABLES)[number];
  readonly rows: number;
  /** `ArrowStream` or `JSONEachRow` bytes. */
  readonly format: 'ArrowStream' | 'JSONEachRow';
  readonly bytes: Uint8Array;
  /** Hash of the bytes: only the same bytes sent again may be dropped as a repeat. */
  readonly token: string;
  /** Gives the memory of the bytes back to who made them, when the rows are kept and nobody looks at the bytes any more. */
  readonly release?: () => void;
}

/**
 * Where batches go. A write either resolves (the rows are kept and survive a kill) or rejects with a SeracError that says whether
 * trying again can help; test/contract/sink.contract.ts is what every sink has to pass.
 */
export interface Sink {
  readonly name: string;
  write(batch: Batch): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}
