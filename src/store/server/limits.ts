/** The limits of the embedded store. Exceeding one is a typed error with a sentence, never a growing queue. */
export interface StoreLimits {
  /** Longest SQL text, and longest request body that is not insert data. */
  readonly maxQueryBytes: number;
  /** Longest data of one insert, after decompression. */
  readonly maxInsertBytes: number;
  /** Concurrent reads in the engine. */
  readonly maxReads: number;
  /** Of those, places reserved for the reads of recording. */
  readonly keptReads: number;
  /** Concurrent inserts and other writes in the engine. */
  readonly maxWrites: number;
  /** Queued requests per kind. */
  readonly maxWaiting: number;
  /** Concurrent uploads of insert bodies. */
  readonly maxUploads: number;
  /** An upload that sends nothing for this long is cancelled. */
  readonly uploadIdleMs: number;
  /** A client that reads nothing of its response for this long is disconnected, which cancels its read. */
  readonly answerIdleMs: number;
  /** Space that a body must leave free on the tmpfs or disk that holds it. */
  readonly reserveBytes: number;
}

export const defaultStoreLimits: StoreLimits = {
  maxQueryBytes: 16 * 1024 * 1024,
  maxInsertBytes: 1024 * 1024 * 1024,
  maxReads: 8,
  keptReads: 4,
  maxWrites: 4,
  maxWaiting: 256,
  maxUploads: 16,
  uploadIdleMs: 60_000,
  answerIdleMs: 60_000,
  reserveBytes: 64 * 1024 * 1024,
};

/**
 * libuv pool threads of the store process: each running statement holds one, file work needs a few more. The pool's size is fixed when the
 * process starts, so the launcher sets it.
 */
export const STORE_THREADS = defaultStoreLimits.maxReads + defaultStoreLimits.maxWrites + 6;
