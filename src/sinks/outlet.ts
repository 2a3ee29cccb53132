import type { Batch, RefusedRows } from '../domain/ports/sink.js';

/** Told once what became of a batch: its rows are stored, but for those that the store will never take. */
export type Settled = (refused?: readonly RefusedRows[]) => void;

/** How many rows were refused. */
export function rowsOf(ranges: readonly RefusedRows[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** A bounded queue to a sink that acknowledges in the order of the offers; a refusal is reported at once. */
export interface Outlet {
  /** False: full; offer it again when there is room. */
  offer(batch: Batch, settled: Settled): boolean;
  /** Resolves when there is room again. */
  room(): Promise<void>;
}

/** A batch that is encoded step by step; it is complete after the last one. */
export type BatchInSteps = Iterator<undefined, Batch, undefined>;
