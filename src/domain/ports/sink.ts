import { SeracError } from '../../errors.js';

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
  /** Rows of it, from one up to another, as a batch of their own. Absent where it cannot be divided. */
  readonly part?: (from: number, to: number) => Batch;
  /** Part of one that was refused. */
  readonly isPart?: true;
  /** Releases the memory of the bytes, once the rows are stored and nothing reads the bytes any more. */
  readonly release?: () => void;
}

/** A write failed, and the sink answered; but what it answered says nothing about the rows, so usually it passes. */
export class AnsweredFailure extends SeracError {
  constructor(message: string, cause: unknown) {
    super('store.unavailable', message, { retryable: true, cause });
  }
}

/**
 * What became of rows that are not stored. `rejected`: one row that the sink refuses for what it says; `refused`: refused with others, of
 * which some may be good; `set_aside`: they fail again and again, whatever the reason, while others are stored.
 */
export type Fate = 'rejected' | 'refused' | 'set_aside';

/** Rows of a batch, from one up to another, that are not stored. */
export interface RefusedRows {
  readonly from: number;
  readonly to: number;
  readonly error: SeracError;
  /** They as a batch of their own. */
  readonly batch: Batch;
  readonly fate: Fate;
}

/** What became of the rows of a batch: those that are not refused are stored. */
export interface Outcome {
  /** Rows. */
  readonly stored: number;
  /** Lowest rows first. */
  readonly refused: readonly RefusedRows[];
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
