import { join } from 'node:path';
import type { Config, DeepReadonly } from '../config/load-config.js';
import { every, Pace } from '../domain/clock.js';
import { messageOf } from '../errors.js';
import { isUnknownDatabase } from '../store/connect-clickhouse.js';
import { MARKER_NAME } from '../store/folder-marker.js';
import { FolderFiles } from './folder-files.js';
import type { StoreConnection } from './store-connection.js';
import { StoreDamage } from './store-damage.js';
import { StoreFiles } from './store-files.js';
import type { World } from './world.js';

export interface StoreWatchPorts {
  /** Throws while there is none. */
  readonly connection: () => StoreConnection;
  readonly isReady: () => boolean;
  /** Whether the store's files are in the data folder: those of a server are not ours to watch. */
  readonly isEmbedded: () => boolean;
  /** Rows that were stored are gone: recording has to look, and says so by `damage.settled`. */
  readonly onDoubt: () => void;
}

/** How often the store is asked whether it has hit damage. */
const LOOK_EVERY_MS = 5_000;

/** How often the files are checked. */
export const FILES_EVERY_MS = 1_000;

/**
 * How long a table that is gone may be brought back before it is recreated, empty: as long as ClickHouse keeps a dropped one
 * (`database_atomic_delay_before_drop_table_sec`). Until then what is for it waits.
 */
export const MISSING_MAX_MS = 480_000;

const BRING_BACK = `bring it back (UNDROP TABLE, RENAME TABLE, ATTACH TABLE) within ${MISSING_MAX_MS / 60_000} minutes; then it is recreated empty`;

/** Consecutive failed damage checks until readiness reports them. */
const LOOKS_FAILED_MAX = 3;

/** Interval between two equal log lines. */
const SAME_EVERY_MS = 60_000;

/** Looks, as long as the store runs, whether it still has what it had: its rows, its tables, its files, and the data folder's own. */
export class StoreWatch {
  /** Lost rows. */
  readonly damage: StoreDamage;
  readonly #files: StoreFiles;
  readonly #pace: Pace;
  #folder: FolderFiles | null = null;
  /** Why the data folder's own files cannot be rewritten; '' while they exist. */
  #folderTrouble = '';
  #looksFailed = 0;
  #lookTrouble = '';
  /** Since when tables are missing, ms by the clock, and which. */
  #missing: { readonly sinceMs: number; readonly tables: string } | null = null;
  #end: () => void = () => undefined;

  constructor(
    readonly config: DeepReadonly<Config>,
    readonly world: Pick<World, 'clock' | 'logger' | 'files'>,
    readonly ports: StoreWatchPorts,
  ) {
    const { data, clickhouse } = config;
    const { clock, logger, files } = world;
    this.#files = new StoreFiles(join(data, 'clickhouse'), files);
    this.#pace = new Pace(SAME_EVERY_MS, () => clock.now());
    this.damage = new StoreDamage({ dataDir: data, files, logger, store: `${clickhouse.url ?? 'embedded'} ${clickhouse.database}` });
  }

  /** Why what is recorded may not be kept; '' where it is. */
  get trouble(): string {
    if (this.#folderTrouble !== '') return this.#folderTrouble;
    if (this.#missing !== null) return `${this.#missing.tables} is missing: ${BRING_BACK}`;
    if (this.#looksFailed < LOOKS_FAILED_MAX) return '';
    return `the check for damage failed ${this.#looksFailed} times: ${this.#lookTrouble}`;
  }

  /** The data folder is there. */
  open(): void {
    // The folder itself: a link to it may outlive it.
    this.#folder = new FolderFiles(this.world.files.realPath(this.config.data), this.world.files);
  }

  /** A child of the store was started, and writes into the folder. */
  launched(): void {
    this.#files.begin();
  }

  /** Another child has taken the place of the first. */
  async resumed(): Promise<void> {
    await this.prepare();
    this.#looksFailed = 0;
    if (this.damage.doubted.size > 0) this.ports.onDoubt();
  }

  /** Brings the schema up to date, and checks for lost rows. */
  async prepare(): Promise<void> {
    const { connection } = this.ports;
    await this.damage.around(connection, async () => {
      await connection().migrate();
      await this.damage.examine(connection());
    });
    await this.#learnFiles();
  }

  begin(): void {
    const { clock } = this.world;
    let isLooking = false;
    this.keepFolder();
    const endKeeping = every(clock, FILES_EVERY_MS, () => this.keepFolder());
    const endLooks = every(clock, LOOK_EVERY_MS, () => {
      if (isLooking) return;
      isLooking = true;
      void this.#look().finally(() => (isLooking = false));
    });
    this.#end = () => {
      endKeeping();
      endLooks();
    };
  }

  end(): void {
    this.#end();
  }

  /** A file that was removed under the running store; null where none was, or where that cannot be told now: the next look does. */
  async removedFile(): Promise<string | null> {
    return await this.#files.removed(this.ports.connection).catch(() => null);
  }

  /** Every command refuses a data folder without its marker: it is written again. */
  keepFolder(): void {
    const { logger } = this.world;
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

  async #learnFiles(): Promise<void> {
    if (this.ports.isEmbedded()) await this.#files.learn(this.ports.connection());
  }

  /** Whether the store has hit damage, or lacks a table. While it does not answer this is unknown. */
  async #look(): Promise<void> {
    if (!this.ports.isReady()) return;
    try {
      const missing = await this.#missingTables();
      if (missing === 'wait') {
        this.#looksFailed = 0;
        return;
      }
      if (await this.#hasTrouble(missing === 'gone')) {
        await this.prepare();
        if (this.damage.doubted.size > 0) this.ports.onDoubt();
      } else await this.#learnFiles();
      this.#looksFailed = 0;
    } catch (error) {
      this.#looksFailed += 1;
      this.#lookTrouble = messageOf(error);
      const more = this.#pace.due('look');
      if (more === null) return;
      this.world.logger.warn({ part: 'store', error: this.#lookTrouble, more }, 'could not check the store for damage; retrying');
    }
  }

  /** `wait`: a table is gone, and may be brought back: one that is recreated could not be undropped or renamed back. `gone`: it had its time. */
  async #missingTables(): Promise<'none' | 'wait' | 'gone'> {
    const { clock, logger } = this.world;
    const tables = (await this.damage.missing(this.ports.connection()).catch(noneIfGone)).join(', ');
    if (tables === '') {
      if (this.#missing !== null) logger.info({ part: 'store', tables: this.#missing.tables }, 'the missing table is there again');
      this.#missing = null;
      return 'none';
    }
    if (this.#missing?.tables !== tables) {
      logger.error({ part: 'store', tables }, `a table is missing, and what is recorded waits for it: ${BRING_BACK}`);
      this.#missing = { sinceMs: this.#missing?.sinceMs ?? clock.now(), tables };
    }
    if (clock.now() - this.#missing.sinceMs < MISSING_MAX_MS) return 'wait';
    this.#missing = null;
    return 'gone';
  }

  async #hasTrouble(mayRecreate: boolean): Promise<boolean> {
    try {
      return await this.damage.hasTrouble(this.ports.connection(), mayRecreate);
    } catch (error) {
      // The database itself is gone.
      if (isUnknownDatabase(error)) return true;
      throw error;
    }
  }
}

/** Of a database that is gone no table comes back. */
function noneIfGone(error: unknown): readonly never[] {
  if (isUnknownDatabase(error)) return [];
  throw error;
}
