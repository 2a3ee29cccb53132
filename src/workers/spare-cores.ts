import { availableParallelism } from 'node:os';

/** Each takes some 40 MB, and one main thread distributes and merges their work. */
const SPARE_CORES_MAX = 4;

/**
 * Cores that neither the main thread nor the store keeps busy: as many pool threads pay off. With two cores there is none: threads would
 * only compete with both (docs/performance.md).
 */
export function spareCores(): number {
  return Math.min(Math.max(availableParallelism() - 2, 0), SPARE_CORES_MAX);
}
