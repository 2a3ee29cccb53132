import { existsSync, readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const THREADS = '/proc/self/task';

/**
 * Lowers the process priority: an insert and its merges wake more threads than there are cores, and each millisecond that they keep a
 * daemon from its sockets delays trades. Call it before the engine creates its threads, which inherit the priority.
 * @throws if the system does not allow it
 */
export function lowerPriority(): void {
  // Linux gives each thread a priority of its own.
  const threads = existsSync(THREADS) ? readdirSync(THREADS).map(Number) : [0];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}
