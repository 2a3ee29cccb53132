/** The bounds of the embedded store. What happens at each bound is a typed error with a sentence, never a queue that grows. */
export interface StoreLimits {
  /** Longest SQL text, and longest request body that is not insert data. */
  readonly maxQueryBytes: number;
  /** Longest data of one insert, after decompression. */
  readonly maxInsertBytes: number;
  /** Reads that run in the engine at the same time. */
  readonly maxReads: number;
  /** Of those, places that only reads may take without which nothing can be recorded. */
  readonly keptReads: number;
  /** Inserts and other writes that run in the engine at the same time. */
  readonly maxWrites: number;
  /** Requests that may wait for one of those places, each kind. */
  readonly maxWaiting: number;
  /** Insert bodies that may be on their way at the same time. */
  readonly maxUploads: number;
  /** An upload that sends nothing for this long is given up. */
  readonly uploadIdleMs: number;
  /** A client that takes nothing of its answer for this long is given up, and with it its read. */
  readonly answerIdleMs: number;
  /** Room that a body may not take away from the tmpfs or the disk that holds it. */
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
 * Threads of libuv's pool that the store process needs: each running statement holds one, file work needs a few more.
 * The pool's size is fixed when the process starts, so the launcher sets it.
 */
export const STORE_THREADS = defaultStoreLimits.maxReads + defaultStoreLimits.maxWrites + 6;
