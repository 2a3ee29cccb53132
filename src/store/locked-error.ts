import { SeracError } from '../errors.js';

/** A folder has one store at a time. Whoever finds that out says it in this sentence. */
export function lockedError(dataDir: string, pid: number | undefined, cause?: unknown): SeracError {
  const who = pid === undefined ? 'Another process' : `Process ${pid}`;
  return new SeracError('store.locked', `${who} is already the store of ${dataDir}: stop it or use another --data.`, { cause });
}
