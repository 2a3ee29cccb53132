import { existsSync, readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const THREADS = '/proc/self/task';

/**
 * Lets others of the machine go first: an insert and the merges behind it wake more threads than there are cores, and each millisecond
 * for which they keep a daemon from its sockets is one by which trades are late. Call it before the engine makes its threads, which
 * inherit from those there are.
 * @throws where the system does not allow it
 */
export function lowerPriority(): void {
  // Linux gives each thread a priority of its own.
  const threads = existsSync(THREADS) ? readdirSync(THREADS).map(Number) : [0];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}
