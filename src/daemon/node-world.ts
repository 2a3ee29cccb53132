import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import type { Config, DeepReadonly } from '../config/load-config.js';
import { descriptorLimit } from '../descriptor-limit.js';
import { SeracError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import type { Logger } from '../logger.js';
import { storeOf } from '../store/folder-marker.js';
import { launchStore } from '../store/launch-store.js';
import { decodeThreads } from '../workers/decode-threads.js';
import { FramePool } from '../workers/frame-pool.js';
import { spareCores } from '../workers/spare-cores.js';
import { ApiPart, connectionsWithin, readControlToken } from './api-part.js';
import { claimFolder } from './claim-folder.js';
import { connectStore } from './clickhouse-connection.js';
import { nodeFiles } from './node-files.js';
import { LoopDelay, nodeTime } from './node-time.js';
import { readKeys } from './preflight.js';
import { createRegistry } from './registry.js';
import { venueAccess } from './venue-access.js';
import type { StoreWorld, World } from './world.js';

export interface NodeWorldOptions {
  readonly logger: Logger;
  readonly environment: NodeJS.ProcessEnv;
  /** Node arguments that run this program again, as the store's child. */
  readonly entry: readonly string[];
}

/** The machine, its network and this process, as a daemon has them. */
export function nodeWorld(config: DeepReadonly<Config>, options: NodeWorldOptions): World {
  const { logger, environment } = options;
  const time = nodeTime();
  const { clock } = time;
  const metrics = createRegistry();
  // Once: it is read from files.
  const memoryMax = memoryMaxBytes();
  const { threads = spareCores(), poolMinRows } = config.pool;
  return {
    ...time,
    ...{ logger, metrics, files: nodeFiles },
    claimFolder: () => claimFolder(config.data, storeOf(config.clickhouse)),
    venueNamed,
    reach: (venue) => venueAccess(venue, config, environment, () => clock.now()),
    store: nodeStore(config, options),
    threads: threads === 0 ? null : new FramePool(decodeThreads({ threads }), poolMinRows),
    host: {
      loopDelay: new LoopDelay(config.pressure.sampleEveryMs),
      heapUsedFraction: () => {
        // Not process.memoryUsage: it opens a file, and fails where no more may be open.
        const { used_heap_size, heap_size_limit, external_memory } = getHeapStatistics();
        // Buffers are outside of the heap, and nothing else bounds them: half of the memory is for them.
        return Math.max(used_heap_size / heap_size_limit, external_memory / (memoryMax / 2));
      },
    },
    openApi: (ports) =>
      new ApiPart(config.api, {
        ...{ ...ports, clock, logger, metrics, maxConnections: connectionsWithin(descriptorLimit()) },
        apiKeys: readKeys(config.api.keysFile, environment),
        controlToken: () => readControlToken(config.data),
      }),
  };
}

/** Most memory of the process: that of the machine, or of its container. */
function memoryMaxBytes(): number {
  const confined = process.constrainedMemory();
  return confined > 0 ? Math.min(confined, totalmem()) : totalmem();
}

function nodeStore({ data, clickhouse }: DeepReadonly<Config>, { environment, entry }: NodeWorldOptions): StoreWorld {
  const { url, username, passwordFile, database, fsyncAfterInsert } = clickhouse;
  const readSecret = (path: string): string => readFileSync(path, 'utf8').trim();
  return {
    launch: async (options) => {
      const child = await launchStore({ dataDir: data, entry, ...options });
      return { ...child, readPassword: () => readSecret(child.secretFile) };
    },
    ping: async (at, signal) => {
      const response = await fetch(`${at}/ping`, { signal });
      if (!response.ok) throw new SeracError('store.unavailable', `it answered ${response.status}`);
    },
    server: () => {
      if (url === undefined) return null;
      const given = environment['SERAC_CLICKHOUSE_PASSWORD'];
      if (given !== undefined || passwordFile === undefined) return { url, username, password: given ?? '', database };
      const readPassword = (): string => readSecret(passwordFile);
      return { url, username, password: readPassword(), readPassword, database };
    },
    connect: (address, damage) => connectStore(address, damage, { fsyncAfterInsert }),
  };
}
