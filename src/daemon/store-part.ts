import { StoreActor } from '../actors/store-actor.js';
import type { Part } from '../actors/supervisor.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import { every, Pace } from '../domain/clock.js';
import { asError, SeracError } from '../errors.js';
import type { StoreFact, StoreOptions } from '../machines/store/store-types.js';
import type { Transition } from '../machines/transition.js';
import type { ClickHouseAddress } from '../store/connect-clickhouse.js';
import type { StoreConnection } from './store-connection.js';
import type { StoreDamage } from './store-damage.js';
import { FILES_EVERY_MS, StoreWatch } from './store-watch.js';
import type { LaunchedStore, World } from './world.js';

export interface StorePorts {
  readonly onTransition: (transition: Transition) => void;
  /** Called with the connection that is used from now on. */
  readonly onConnected: (connection: StoreConnection) => void;
  /** Rows that were stored are gone: recording has to look, and says so by `damage.settled`. */
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
  readonly #watch: StoreWatch;
  readonly #pace: Pace;
  #actor: StoreActor | null = null;
  #connection: StoreConnection | null = null;
  #launching: Promise<unknown> = Promise.resolve();
  /** When the wait for the store was last logged. */
  #waitSaidMs = -Infinity;
  /** Why the child was ended; '' while its folder exists. */
  #folderGone = '';
  /** Why the child went that was there before; '' while it is there. */
  #downReason = '';

  constructor(
    readonly config: DeepReadonly<Config>,
    readonly world: Pick<World, 'clock' | 'random' | 'logger' | 'files' | 'store'>,
    readonly ports: StorePorts,
  ) {
    this.#pace = new Pace(SAME_EVERY_MS, () => world.clock.now());
    this.#watch = new StoreWatch(config, world, {
      connection: () => this.connection,
      isReady: () => this.state === 'ready',
      isEmbedded: () => this.#actor !== null,
      onDoubt: ports.onDoubt,
    });
  }

  /** The store as it runs now. @throws SeracError `store.unavailable` while it has not started */
  get connection(): StoreConnection {
    if (this.#connection !== null) return this.#connection;
    throw new SeracError('store.unavailable', 'The store has not started yet.', { retryable: true });
  }

  /** Lost rows. */
  get damage(): StoreDamage {
    return this.#watch.damage;
  }

  /** Ends external reads in the embedded store: the last inserts have priority. On a server they are left alone. */
  async endReadsOfOthers(): Promise<void> {
    if (this.#actor?.state === 'ready') await this.connection.endReadsOfOthers();
  }

  get state(): string {
    return this.#actor?.state ?? (this.#connection === null ? 'starting' : 'ready');
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
    return this.#folderGone === '' ? this.#watch.trouble : this.#folderGone;
  }

  async start(): Promise<void> {
    const { store, clock } = this.world;
    this.#watch.open();
    await this.#connection?.close();
    this.#connection = null;
    const address = store.server() ?? (await this.#launch());
    this.#connection = store.connect(address, this.damage);
    this.ports.onConnected(this.#connection);
    const endWait = every(clock, QUIET_WAIT_MAX_MS, () => this.#sayWait(address));
    await this.#watch.prepare().finally(endWait);
    this.#watch.begin();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#watch.end();
    await this.#connection?.close();
    await this.#actor?.stop(deadlineMs);
    // A child that was starting has ended, too, before the folder can be removed or reopened.
    await this.#launching;
  }

  /** A server that accepts a connection and does not answer would block the start silently. A password in the address is not shown. */
  #sayWait({ url }: ClickHouseAddress): void {
    const { clock, logger } = this.world;
    const nowMs = clock.now();
    if (nowMs - this.#waitSaidMs < WAIT_SAID_EVERY_MS) return;
    this.#waitSaidMs = nowMs;
    logger.warn({ part: 'store', url: new URL(url).origin }, 'waiting for the store to answer');
  }

  /** The child was replaced: it must not be used before it is checked like the first one. */
  async #resume(child: LaunchedStore): Promise<void> {
    try {
      await this.#watch.resumed();
    } catch (error) {
      await child.stop(0);
      throw error;
    }
    this.#folderGone = '';
  }

  /** Starts the child, and restarts it whenever it ends: on the same port if that is free. The client is told which it is. */
  async #launch(): Promise<ClickHouseAddress> {
    const { clock, random, logger, store } = this.world;
    let running: LaunchedStore | undefined;
    const readPassword = (): string => running?.readPassword() ?? '';
    let port: number | null = null;
    let isPortTaken = false;
    // A folder in use by another daemon does not become free by waiting: that ends the start at once.
    const refused = new Promise<never>((_resolve, reject) => {
      this.#actor = new StoreActor(
        { store: STORE_RESTARTS, pingEveryMs: FILES_EVERY_MS },
        {
          ...{ clock, random, onTransition: this.ports.onTransition },
          launch: async (signal) => {
            try {
              this.#watch.keepFolder();
              const launch = store.launch({
                ...{ port: isPortTaken ? 0 : (running?.port ?? 0), signal },
                onLog: (line) => logger.warn({ part: 'store' }, line),
              });
              this.#launching = launch.catch(() => undefined);
              const child = await launch;
              running = child;
              isPortTaken = false;
              port = child.port;
              void child.exited.then(() => {
                if (running === child) port = null;
              });
              this.#watch.launched();
              if (this.#connection !== null) await this.#resume(child);
              return child;
            } catch (error) {
              if (running === undefined) reject(asError(error));
              // Something else listens there: the next attempt takes another port.
              isPortTaken = error instanceof SeracError && error.code === 'usage';
              throw error;
            }
          },
          ping: async (url, signal) => {
            await this.#endIfRemoved(() => running?.stop(0));
            await store.ping(url, signal);
          },
          onFact: (fact) => this.#logFact(fact),
        },
      );
    });
    this.#actor!.start();
    const url = await Promise.race([this.#actor!.ready(), refused]);
    return { url, password: readPassword(), readPassword, portNow: () => port, database: this.config.clickhouse.database };
  }

  /** Rows that a store writes without its files are in no folder: none can be kept. */
  async #endIfRemoved(kill: () => Promise<void> | undefined): Promise<void> {
    const removed = await this.#watch.removedFile();
    if (removed === null) return;
    this.#folderGone = `${removed} was removed while the store ran: the store is restarted, and its rows are lost`;
    this.world.logger.error({ part: 'store', path: removed }, this.#folderGone);
    await kill();
  }

  #logFact(fact: StoreFact): void {
    const { logger } = this.world;
    const words = STORE_WORDS[fact.type];
    if (fact.type === 'down') {
      // What keeps the first one from its start ends the daemon, which says so: perhaps the store of another daemon, which is well.
      if (this.#connection === null) return;
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

const STORE_WORDS = {
  ready: 'the store answers',
  down: 'the store is down: restarting',
  'budget.spent': 'the store crashed too often: it is restarted less often from now on',
  stopped: 'the store has stopped',
} as const;
