import { mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataFolder } from '../../src/store/data-folder.js';
import { storeOf } from '../../src/store/folder-marker.js';
import { launchStore, type LaunchStoreOptions, type StoreProcess } from '../../src/store/launch-store.js';

/** Runs the store from its sources: the tests need no build. */
export const storeEntry = ['--import', 'tsx', fileURLToPath(new URL('./store-entry.ts', import.meta.url))];

/** A data folder that goes with the test. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'serac-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts a store from its sources. */
export function startStore(dataDir: string, options: Omit<LaunchStoreOptions, 'dataDir' | 'entry'> = {}): Promise<StoreProcess> {
  makeDataFolder(dataDir, { store: storeOf({ database: 'serac' }), madeBy: 'store' });
  return launchStore({ dataDir, entry: storeEntry, ...options });
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** Default true: with the secret. */
  readonly isAuthorised?: boolean;
}

/** One HTTP request as it is written here, past any client's good manners. */
export function rawRequest(store: StoreProcess, options: RawRequest): Promise<RawResponse> {
  const { method = 'POST', path = '/', headers = {}, body, isAuthorised = true } = options;
  const authorisation = isAuthorised ? { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': store.password } : {};
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: store.port, method, path, headers: { ...authorisation, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString('utf8') });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
