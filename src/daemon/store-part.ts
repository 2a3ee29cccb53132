import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { StoreActor } from '../actors/store-actor.js';
import type { Part } from '../actors/supervisor.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import type { SystemClock } from '../domain/clock.js';
import { every } from '../domain/every.js';
import { Pace } from '../domain/pace.js';
import type { Log } from '../domain/ports/log.js';
import { asError, messageOf, SeracError } from '../errors.js';
import type { StoreFact, StoreOptions } from '../machines/store/store-types.js';
import type { Transition } from '../machines/transition.js';
import {
  ASKED_USE,
  connectClickHouse,
  endOtherReads,
  RECORDING_USE,
  type ClickHouseAddress,
  isUnknownDatabase,
  type StoreClient,
} from '../store/connect-clickhouse.js';
import { MARKER_NAME } from '../store/folder-marker.js';
import { launchStore, type StoreProcess } from '../store/launch-store.js';
import { migrate } from '../store/migrate.js';
import { FolderFiles } from './folder-files.js';
import { StoreDamage } from './store-damage.js';
import { StoreFiles } from './store-files.js';

export interface StorePorts {
  readonly clock: SystemClock;
  readonly random: () => number;
  readonly logger: Log;
  readonly environment: NodeJS.ProcessEnv;
  /** Node arguments that run this program again, as the store's child. */
  readonly entry: readonly string[];
  readonly readSecret: (path: string) => string;
  readonly onTransition: (transition: Transition) => void;
  /** Stored rows are lost: recording has to check, and confirms by `settled`. */
  readonly onDoubt: () => void;
}

/**
 * The child starts in half a second and everything waits for it in bounded memory, so it is restarted quickly and often; only one that has
 * crashed for half a minute without a pause is restarted less often.
 */
const STORE_RESTARTS: Partial<StoreOptions> = {
  backoff: { minMs: 100, maxMs: 500 },
  budget: { restarts: 30, withinMs: 60_000 },
  slowMs: 5_000,
};

/** How often the store is asked whether it has hit damage. */
const LOOK_EVERY_MS = 5_000;

/** How often the files are checked. */
const FILES_EVERY_MS = 1_000;

/** Consecutive failed damage checks until readiness reports them. */
const LOOKS_FAILED_MAX = 3;

/** Interval between two equal log lines. */
const SAME_EVERY_MS = 60_000;

/** How long the store may take to answer at the start before the wait is logged, and the interval of that log line. */
const QUIET_WAIT_MAX_MS = 1_500;
const WAIT_SAID_EVERY_MS = 30_000;

/** The daemon's ClickHouse: the server in the configuration, or a supervised child process. */
export class StorePart implements Part {
  readonly name = 'store';
  readonly drainWeight = 2;
  /** Feeds continue without it: their rows wait in memory until it is back. */
  readonly essential = false;
  #actor: StoreActor | null = null;
  #client: StoreClient | null = null;
  #askedClient: StoreClient | null = null;
  #launching: Promise<unknown> = Promise.resolve();
  /** Lost rows. */
  readonly damage: StoreDamage;
  #endLooks: () => void = () => undefined;
  readonly #files: StoreFiles;
  #folder: FolderFiles | null = null;
  readonly #pace: Pace;
  /** When the wait for the store was last logged. */
  #waitSaidMs = -Infinity;
  /** Why the child was ended; '' while its folder exists. */
  #folderGone = '';
  /** Why the data folder's own files cannot be rewritten; '' while they exist. */
  #folderTrouble = '';
  /** Why the child went that was there before; '' while it is there. */
  #downReason = '';
  #looksFailed = 0;
  #lookTrouble = '';

  constructor(
    readonly config: DeepReadonly<Config>,
    readonly ports: StorePorts,
  ) {
    this.#files = new StoreFiles(join(config.data, 'clickhouse'));
    this.#pace = new Pace(SAME_EVERY_MS, () => ports.clock.now());
    this.damage = new StoreDamage({
      ...{ dataDir: config.data, database: config.clickhouse.database, logger: ports.logger },
      store: `${config.clickhouse.url ?? 'embedded'} ${config.clickhouse.database}`,
    });
  }

  /** The client of the current store, for recording. */
  get client(): StoreClient {
    return started(this.#client);
  }

  /** A second client, for external reads: recording never waits behind those. */
  get askedClient(): StoreClient {
    return started(this.#askedClient);
  }

  /** Ends external reads in the embedded store: the last inserts have priority. On a server they are left alone. */
  async endReadsOfOthers(): Promise<void> {
    if (this.#actor?.state === 'ready') await endOtherReads(this.client);
  }

  get state(): string {
    return this.#actor?.state ?? (this.#client === null ? 'starting' : 'ready');
  }

  /** Whether it accepts and keeps rows. */
  get isOk(): boolean {
    return this.state === 'ready' && this.#trouble === '';
  }

  /** Its state as a sentence. */
  get detail(): string {
    const reason = this.#trouble === '' ? (this.#actor?.reason ?? '') : this.#trouble;
    return reason === '' ? this.state : `${this.state}: ${reason}`;
  }

  get #trouble(): string {
    if (this.#folderGone !== '') return this.#folderGone;
    if (this.#folderTrouble !== '') return this.#folderTrouble;
    if (this.#looksFailed < LOOKS_FAILED_MAX) return '';
    return `the check for damage failed ${this.#looksFailed} times: ${this.#lookTrouble}`;
  }

  async start(): Promise<void> {
    const { url } = this.config.clickhouse;
    // The folder itself: a link to it may outlive it.
    this.#folder = new FolderFiles(realpathSync(this.config.data));
    const address = url === undefined ? await this.#launch() : this.#serverAddress(url);
    this.#client = connectClickHouse(address, RECORDING_USE);
    this.#askedClient = connectClickHouse(address, ASKED_USE);
    const endWait = every(this.ports.clock, QUIET_WAIT_MAX_MS, () => this.#sayWait(address));
    await this.#prepare(address).finally(endWait);
    let isLooking = false;
    this.#keepFolder();
    const endKeeping = every(this.ports.clock, FILES_EVERY_MS, () => this.#keepFolder());
    const endLooks = every(this.ports.clock, LOOK_EVERY_MS, () => {
      if (isLooking) return;
      isLooking = true;
      void this.#look(address).finally(() => (isLooking = false));
    });
    this.#endLooks = () => {
      endKeeping();
      endLooks();
    };
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#endLooks();
    await Promise.all([this.#client?.close(), this.#askedClient?.close()]);
    await this.#actor?.stop(deadlineMs);
    // A child that was starting has ended, too, before the folder can be removed or reopened.
    await this.#launching;
  }

  /** A server that accepts a connection and does not answer would block the start silently. A password in the address is not shown. */
  #sayWait({ url }: ClickHouseAddress): void {
    const nowMs = this.ports.clock.now();
    if (nowMs - this.#waitSaidMs < WAIT_SAID_EVERY_MS) return;
    this.#waitSaidMs = nowMs;
    this.ports.logger.warn({ part: 'store', url: new URL(url).origin }, 'waiting for the store to answer');
  }

  /** Brings the schema up to date, and checks for lost rows. */
  async #prepare(address: ClickHouseAddress): Promise<void> {
    const { client, damage } = this;
    await damage.around(
      () => client,
      async () => {
        await migrate(address, { fsyncAfterInsert: this.config.clickhouse.fsyncAfterInsert });
        await damage.examine(client);
      },
    );
    await this.#learnFiles();
  }

  /** On a server the files are not ours to watch. */
  async #learnFiles(): Promise<void> {
    if (this.#actor !== null) await this.#files.learn(this.client, this.config.clickhouse.database);
  }

  /** Every command refuses a data folder without its marker: it is written again. */
  #keepFolder(): void {
    const { logger } = this.ports;
    const dir = this.#folder?.dir ?? '';
    try {
      const names = this.#folder?.keep() ?? [];
      if (this.#folderTrouble !== '') logger.info({ part: 'store', dir }, 'the files of the data folder can be read and written again');
      this.#folderTrouble = '';
      if (names.length === 0) return;
      const what = names.includes(MARKER_NAME) ? 'the data folder or its marker' : 'a file of the data folder';
      logger.error({ part: 'store', dir, names }, `${what} was removed while the daemon ran: its files are written again`);
    } catch (error) {
      this.#folderTrouble = `the files of the data folder ${dir} were removed or cannot be read, and cannot be recreated: ${messageOf(error)}`;
      const more = this.#pace.due('folder');
      if (more !== null) logger.error({ part: 'store', dir, more }, this.#folderTrouble);
    }
  }

  /** Whether the store has hit damage, or lacks a table. While it does not answer this is unknown. */
  async #look(address: ClickHouseAddress): Promise<void> {
    if (this.state !== 'ready') return;
    try {
      if (await this.#hasTrouble()) {
        await this.#prepare(address);
        if (this.damage.doubted.size > 0) this.ports.onDoubt();
      } else await this.#learnFiles();
      this.#looksFailed = 0;
    } catch (error) {
      this.#looksFailed += 1;
      this.#lookTrouble = messageOf(error);
      const more = this.#pace.due('look');
      if (more === null) return;
      this.ports.logger.warn({ part: 'store', error: this.#lookTrouble, more }, 'could not check the store for damage; retrying');
    }
  }

  async #hasTrouble(): Promise<boolean> {
    try {
      return await this.damage.hasTrouble(this.client);
    } catch (error) {
      // The database itself is gone.
      if (isUnknownDatabase(error)) return true;
      throw error;
    }
  }

  /** The child was replaced: it must not be used before it is checked like the first one. */
  async #resume(child: StoreProcess, readPassword: () => string): Promise<void> {
    try {
      await this.#prepare({ url: child.url, password: readPassword(), readPassword, database: this.config.clickhouse.database });
    } catch (error) {
      await child.stop(0);
      throw error;
    }
    this.#folderGone = '';
    this.#looksFailed = 0;
    if (this.damage.doubted.size > 0) this.ports.onDoubt();
  }

  #serverAddress(url: string): ClickHouseAddress {
    const { username, passwordFile, database } = this.config.clickhouse;
    const given = this.ports.environment['SERAC_CLICKHOUSE_PASSWORD'];
    if (given !== undefined || passwordFile === undefined) return { url, username, password: given ?? '', database };
    const readPassword = (): string => this.ports.readSecret(passwordFile);
    return { url, username, password: readPassword(), readPassword, database };
  }

  /** Starts the child, and restarts it whenever it ends, on the same port: the client need not know. */
  async #launch(): Promise<ClickHouseAddress> {
    const { clock, random, logger, entry, onTransition } = this.ports;
    let port = 0;
    let secretFile = '';
    let kill = (): Promise<void> => Promise.resolve();
    const readPassword = (): string => this.ports.readSecret(secretFile);
    // A folder in use by another daemon does not become free by waiting: that ends the start at once.
    const refused = new Promise<never>((_resolve, reject) => {
      this.#actor = new StoreActor(
        { store: STORE_RESTARTS, pingEveryMs: FILES_EVERY_MS },
        {
          ...{ clock, random, onTransition },
          launch: async (signal) => {
            try {
              this.#keepFolder();
              const launch = launchStore({
                ...{ dataDir: this.config.data, port, entry, signal },
                onLog: (line) => logger.warn({ part: 'store' }, line),
              });
              this.#launching = launch.catch(() => undefined);
              const child = await launch;
              port = child.port;
              secretFile = child.secretFile;
              this.#files.begin();
              if (this.#client !== null) await this.#resume(child, readPassword);
              kill = () => child.stop(0);
              return child;
            } catch (error) {
              if (port === 0) reject(asError(error));
              throw error;
            }
          },
          ping: async (url, signal) => {
            await this.#endIfRemoved(kill);
            const response = await fetch(`${url}/ping`, { signal });
            if (!response.ok) throw new SeracError('store.unavailable', `it answered ${response.status}`);
          },
          onFact: (fact) => this.#logFact(fact),
        },
      );
    });
    this.#actor!.start();
    const url = await Promise.race([this.#actor!.ready(), refused]);
    return { url, password: readPassword(), readPassword, database: this.config.clickhouse.database };
  }

  /** Rows that a store writes without its files are in no folder: none can be kept. */
  async #endIfRemoved(kill: () => Promise<void>): Promise<void> {
    let removed: string | null;
    try {
      removed = await this.#files.removed(() => this.client, this.config.clickhouse.database);
    } catch {
      // Whether a statement moved the table cannot be determined now: the next check does, and reports a failure.
      return;
    }
    if (removed === null) return;
    this.#folderGone = `${removed} was removed while the store ran: the store is restarted, and its rows are lost`;
    this.ports.logger.error({ part: 'store', path: removed }, this.#folderGone);
    await kill();
  }

  #logFact(fact: StoreFact): void {
    const { logger } = this.ports;
    const words = STORE_WORDS[fact.type];
    if (fact.type === 'down') {
      // What keeps the first one from its start ends the daemon, which says so: perhaps the store of another daemon, which is well.
      if (this.#client === null) return;
      this.#downReason = fact.reason;
      const more = this.#pace.due('down');
      if (more !== null) logger.warn({ part: 'store', ...fact, ...(more > 0 ? { more } : {}) }, words);
    } else if (fact.type === 'ready') {
      // Of several in a minute one is told: what takes its place says what it was.
      const after = this.#downReason;
      this.#downReason = '';
      logger.info({ part: 'store', ...fact, ...(after === '' ? {} : { after }) }, words);
    } else logger[fact.type === 'budget.spent' ? 'warn' : 'info']({ part: 'store', ...fact }, words);
  }
}

function started(client: StoreClient | null): StoreClient {
  if (client === null) throw new SeracError('store.unavailable', 'The store has not started yet.', { retryable: true });
  return client;
}

const STORE_WORDS = {
  ready: 'the store answers',
  down: 'the store is down: restarting',
  'budget.spent': 'the store crashed too often: it is restarted less often from now on',
  stopped: 'the store has stopped',
} as const;
