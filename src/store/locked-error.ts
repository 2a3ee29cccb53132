import { SeracError } from '../errors.js';

/** A folder has one store at a time. Whoever finds that out says it in this sentence; it has no cause that would say more. */
export function lockedError(dataDir: string, pid: number | undefined): SeracError {
  const who = pid === undefined ? 'Another process' : `Process ${pid}`;
  return new SeracError('store.locked', `${who} is already the store of ${dataDir}: stop it or use another --data.`);
}
