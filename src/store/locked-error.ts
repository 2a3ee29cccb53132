import { SeracError } from '../errors.js';

/** The error for a folder that has a store already; it has no cause, which would add nothing. */
export function lockedError(dataDir: string, pid: number | undefined): SeracError {
  const who = pid === undefined ? 'Another process' : `Process ${pid}`;
  return new SeracError('store.locked', `${who} is already the store of ${dataDir}: stop it or use another --data.`);
}
