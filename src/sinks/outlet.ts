import type { Batch, RefusedRows } from '../domain/ports/sink.js';

/** Told once what became of a batch: its rows are stored, but for those that the store will never take. */
export type Settled = (refused?: readonly RefusedRows[]) => void;

/** How many rows were refused. */
export function rowsOf(ranges: readonly RefusedRows[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** A bounded queue to a sink that acknowledges in the order in which it was offered; a refusal is told at once. */
export interface Outlet {
  /** False: full; offer it again when there is room. */
  offer(batch: Batch, settled: Settled): boolean;
  /** Resolves when there is room again. */
  room(): Promise<void>;
}

/** A batch that is made step by step; it is there when the last one is done. */
export type BatchInSteps = Iterator<undefined, Batch, undefined>;
