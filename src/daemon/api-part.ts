import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { API_DEFAULTS } from '../api/api-config.js';
import type { Api } from '../api/api-ports.js';
import { buildApp } from '../api/app.js';
import { assertBindAllowed } from '../api/safety/keys.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import type { SystemClock } from '../domain/clock.js';
import type { Logger } from '../logger.js';
import { readOrCreateSecret } from '../store/secret.js';
import { VERSION } from '../version.js';
import { listenError } from './preflight.js';
import type { Listener, ListenerPorts } from './world.js';

export interface ApiPartPorts extends ListenerPorts {
  readonly metrics: Registry;
  readonly clock: SystemClock;
  readonly logger: Logger;
  readonly apiKeys: readonly string[];
  /** Connections to the API that may be open. */
  readonly maxConnections: number;
  /** Used in place of a key on this machine; created if absent. */
  readonly controlToken: () => Promise<string>;
}

/** The HTTP interface as a part of the daemon. */
export class ApiPart implements Listener {
  readonly name = 'api';
  #app: Promise<Api> | null = null;

  constructor(
    readonly config: DeepReadonly<Config>['api'],
    readonly ports: ApiPartPorts,
  ) {}

  /** Starts building what `start` makes listen: building takes longest, and can overlap with the start of the store. */
  prepare(): void {
    this.#app ??= this.#build();
    // `start` reports the error.
    this.#app.catch(() => undefined);
  }

  async start(): Promise<void> {
    const { host, port } = this.config;
    this.prepare();
    try {
      const app = await this.#app!;
      const listening = app.listen({ host, port, listenTextResolver: (address) => `the API is listening at ${address}` });
      this.ports.onListening(
        await listening.catch((cause: unknown) => {
          throw listenError(host, port, cause);
        }),
      );
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /** Requests in flight are answered, for a moment; then their connections are closed, which ends their reads in the store, too. */
  async stop(deadlineMs: number): Promise<void> {
    const app = await this.#app?.catch(() => undefined);
    this.#app = null;
    if (app === undefined) return;
    const { clock } = this.ports;
    const cut = clock.setTimeout(() => app.server.closeAllConnections(), Math.min(ANSWERS_MAX_MS, deadlineMs / 2));
    await app.close();
    clock.clearTimeout(cut);
  }

  async #build(): Promise<Api> {
    const { clock, logger, apiKeys, maxConnections, controlToken, ...ports } = this.ports;
    const { host, allowedHosts, requestsPerMinute } = this.config;
    assertBindAllowed({ host, apiKeys });
    const app = await buildApp({
      ...{ ...ports, version: VERSION, logger: logger.child({ part: 'api' }) },
      clock: { nowUs: () => Number(clock.nowNs() / 1_000n) },
      config: {
        ...{ allowedHosts: [...allowedHosts], apiKeys: [...apiKeys], maxConnections, controlToken: await controlToken() },
        rateLimits: { loopbackPerMinute: Math.max(requestsPerMinute, LOOPBACK_PER_MINUTE), remotePerMinute: requestsPerMinute },
      },
    });
    await app.ready();
    return app;
  }
}

/** Time for requests in flight when the daemon stops. */
const ANSWERS_MAX_MS = 500;

/** What a daemon opens besides: connections to venues and the store, files, what its threads need. */
const OTHER_DESCRIPTORS = 160;
const CONNECTIONS_MIN = 32;

/** Limit of API connections for a process that may open this many descriptors: the rest are reserved for the daemon. */
export function connectionsWithin(descriptors: number): number {
  return Math.max(CONNECTIONS_MIN, Math.min(API_DEFAULTS.maxConnections, descriptors - OTHER_DESCRIPTORS));
}

/** A dashboard on this machine may send many requests; this only stops a runaway loop. */
const LOOPBACK_PER_MINUTE = 600_000;

/** A user who can read this file may control the folder's daemon from its machine. */
function controlTokenFile(dataDir: string): string {
  return join(dataDir, 'control');
}

/** The data folder's control token, created once, readable by its owner only. */
export async function readControlToken(dataDir: string): Promise<string> {
  return await readOrCreateSecret(controlTokenFile(dataDir));
}
