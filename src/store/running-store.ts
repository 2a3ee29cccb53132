import { get } from 'node:http';
import { isSameProcess } from './process-identity.js';
import { readStoreRecord, type StoreRecord } from './store-record.js';

const PING_TIMEOUT_MS = 2_000;
const PING_BODY_MAX_BYTES = 64;

/**
 * The store running on a data folder, if any. A record left by a kill -9 is not trusted: its process must be the one that wrote it, and its
 * port must answer with its instance id.
 */
export async function findRunningStore(recordFile: string): Promise<StoreRecord | undefined> {
  const record = readStoreRecord(recordFile);
  if (record === undefined || !isSameProcess(record.pid, record.startTicks)) return undefined;
  return (await instanceAt(record.port)) === record.instanceId ? record : undefined;
}

/** The instance id of the store listening on a loopback port; undefined if none answers. */
function instanceAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/ping', agent: false, timeout: PING_TIMEOUT_MS }, (response) => {
      const id = response.headers['x-serac-store'];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > PING_BODY_MAX_BYTES) request.destroy();
      });
      response.on('close', () => resolve(typeof id === 'string' ? id : undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
