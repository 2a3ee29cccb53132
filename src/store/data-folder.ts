import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { asError, SeracError } from '../errors.js';
import { DEFAULT_DATABASE } from './connect-clickhouse.js';
import {
  makeMarker,
  storeText,
  MARKER_NAME,
  readMarker,
  replaceMarker,
  type FolderMaker,
  type FolderMarker,
  type StoreIdentity,
} from './folder-marker.js';
import { isSecret } from './secret.js';

/** Everything that Serac puts into a data folder. */
const NAMES = new Set([
  MARKER_NAME,
  'clickhouse',
  'secret',
  'control',
  'store.json',
  'daemon.json',
  'store-seen.json',
  'unwritten',
  'refused',
  'set-aside',
  'spool',
  'tmp',
  'demo.json',
]);
/** The same while it is written, or left incomplete by a kill; and batches for another store. */
const VARIABLE_NAME =
  /^(?:(?:serac\.json|secret|control)\.[0-9a-f]{12}|store\.json\.\d+|(?:daemon|store-seen)\.json\.new|demo\.json\.new|(?:unwritten|spool)-\w+-[0-9a-f]{12})$/;
const MARKER_DRAFT = /^serac\.json\.[0-9a-f]{12}$/;
/** The file system's own folder: a mounted disk counts as empty despite it. */
const OF_FILE_SYSTEM = 'lost+found';
/** Most names shown in an error. */
const NAMES_SHOWN_MAX = 3;

/** A folder that Serac made. */
export interface DataFolder {
  /** Absolute, without symbolic links. */
  readonly dir: string;
  /** Undefined for a folder of the version before markers, until a command that writes has opened it. */
  readonly marker: FolderMarker | undefined;
  /** The store that it belongs to; undefined if it is a server and only the configuration names it. */
  readonly store: StoreIdentity | undefined;
}

/** A data folder opened by a command that writes. */
export interface MarkedFolder extends DataFolder {
  readonly marker: FolderMarker;
  readonly store: StoreIdentity;
}

/**
 * Finds a data folder for reading, and changes nothing.
 * @throws SeracError `input.unreadable` if it does not exist, or is not Serac's
 */
export function findDataFolder(dataDir: string): DataFolder {
  return inspecting(dataDir, () => {
    const found = recognise(dataDir);
    if (found !== undefined) return found;
    const dir = resolve(dataDir);
    throw new SeracError(
      'input.unreadable',
      `${dir} is not a data folder of Serac (${MARKER_NAME} is missing): name the folder of the recording with --data.`,
    );
  });
}

/** Finds a data folder for writing: one of the version before markers gets its marker. It creates no folder. */
export function markDataFolder(dataDir: string, maker: FolderMaker): MarkedFolder {
  return inspecting(dataDir, () => marked(findDataFolder(dataDir), maker));
}

/**
 * Opens a data folder, and creates it if it is absent or empty. For the commands that record only.
 * @throws SeracError `input.unreadable` if the folder holds files of others
 */
export function makeDataFolder(dataDir: string, maker: FolderMaker): MarkedFolder {
  return inspecting(dataDir, () => {
    makeFolders(resolve(dataDir));
    // Listed before the marker is looked for: it is the first file of a folder, so one that another process creates meanwhile is not
    // missed.
    const foreign = foreignNames(dataDir);
    const found = recognise(dataDir);
    if (found !== undefined) return marked(found, maker);
    if (foreign.length > 0) throw notEmpty(dataDir, foreign);
    return marked({ dir: realpathSync(dataDir), marker: undefined, store: maker.store }, maker);
  });
}

/** Refuses a folder that {@link makeDataFolder} would refuse for its content, and changes nothing. */
export function assertFolderFit(dataDir: string): void {
  inspecting(dataDir, () => {
    if (isUnused(dataDir)) return;
    const foreign = foreignNames(dataDir);
    if (recognise(dataDir) === undefined) throw notEmpty(dataDir, foreign);
  });
}

function notEmpty(dataDir: string, foreign: readonly string[]): SeracError {
  const shown = foreign.slice(0, NAMES_SHOWN_MAX).join(', ') + (foreign.length > NAMES_SHOWN_MAX ? ', ...' : '');
  return new SeracError(
    'input.unreadable',
    `${realpathSync(dataDir)} is not empty (${shown}) and not a data folder of Serac: ` +
      'choose an empty or a new folder with data in the configuration or --data.',
  );
}

/** Whether the folder is absent or empty: a command that records would create a data folder there. */
export function isUnused(dataDir: string): boolean {
  return inspecting(dataDir, () => lstat(dataDir) === undefined || foreignNames(dataDir).length === 0);
}

/** Assigns a folder to another store. */
export function assignStore(folder: MarkedFolder, store: StoreIdentity): MarkedFolder {
  const marker = { ...folder.marker, store };
  replaceMarker(folder.dir, marker);
  return { ...folder, marker, store };
}

/** Refuses a folder whose store is a server. */
export function embedded<F extends DataFolder>(folder: F): F & { readonly store: StoreIdentity & { readonly kind: 'embedded' } } {
  const { dir, store } = folder;
  if (store?.kind === 'embedded') return { ...folder, store };
  const server = store === undefined ? 'a ClickHouse server' : storeText(store);
  throw new SeracError(
    'input.invalid',
    `${dir} has no embedded store, its data is in ${server}: query that server, or name another folder with --data.`,
  );
}

/** One level at a time: node's own recursion never ends on a file system without mkdir, such as /proc. */
function makeFolders(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(dir);
  if (above !== dir) makeFolders(above);
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another process may have created it meanwhile.
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if (asError(error).message.startsWith('ENOENT'))
      throw new SeracError('input.unreadable', `Cannot create a folder in ${above}: choose another place with --data.`, { cause: error });
    throw error;
  }
}

function recognise(dataDir: string): DataFolder | undefined {
  const names = readdirSync(dataDir);
  const dir = realpathSync(dataDir);
  const marker = readMarker(dir);
  if (marker !== undefined) return { dir, marker, store: marker.store };
  const rest = names.filter((name) => !NAMES.has(name) && !VARIABLE_NAME.test(name) && name !== OF_FILE_SYSTEM);
  if (rest.length > 0) return undefined;
  if (names.includes('clickhouse') && hasSecret(dir)) {
    return { dir, marker, store: { kind: 'embedded', database: DEFAULT_DATABASE } };
  }
  return names.includes('control') && !names.includes('clickhouse') ? { dir, marker, store: undefined } : undefined;
}

/** A file of that name proves nothing unless its content has the shape of a secret. */
function hasSecret(dir: string): boolean {
  const file = join(dir, 'secret');
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true && isSecret(readFileSync(file, 'utf8'));
}

/** Names that exist before Serac has created anything. */
function foreignNames(dir: string): string[] {
  return readdirSync(dir).filter((name) => name !== OF_FILE_SYSTEM && !MARKER_DRAFT.test(name));
}

function marked(folder: DataFolder, maker: FolderMaker): MarkedFolder {
  const { dir } = folder;
  makePrivate(dir);
  // A folder without a marker does not name its database: that of the configuration is taken, if the kind of store is the same.
  const store = folder.store === undefined || folder.store.kind === maker.store.kind ? maker.store : folder.store;
  const marker = folder.marker ?? makeMarker(dir, { ...maker, store });
  return { dir, marker, store: marker.store };
}

/** A folder readable by others becomes private, unless it is owned by another user: its files are private by themselves. */
function makePrivate(dir: string): void {
  const { mode, uid } = statSync(dir);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(dir, 0o700);
}

/** Turns an error of the file system into a sentence. */
function inspecting<T>(dataDir: string, inspect: () => T): T {
  if (dataDir === '') throw new SeracError('usage', 'The name of the data folder is empty: name one with --data.');
  try {
    return inspect();
  } catch (error) {
    // Without it as cause: the sentence says everything.
    throw error instanceof SeracError ? error : new SeracError('input.unreadable', sentence(dataDir, asError(error)));
  }
}

function sentence(dataDir: string, { code, message }: Error & { readonly code?: string }): string {
  const dir = resolve(dataDir);
  if (code === 'ENOENT' || code === 'EEXIST' || code === 'ENOTDIR') {
    const found = lstat(dir);
    if (found?.isSymbolicLink()) return `${dir} is a broken symbolic link: correct it, or name another folder with --data.`;
    if (found?.isDirectory() === false) return `${dir} is a file: name a folder with --data.`;
    if (code !== 'ENOENT') return `A part of the path ${dir} is a file: name a folder with --data.`;
    return `Data folder ${dir} does not exist: name the folder of the recording with --data.`;
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return `Permission denied for the data folder ${dir} (${message}): change its owner or mode, or name another folder with --data.`;
  }
  return `Cannot use the data folder ${dir} (${message}): correct that, or name another folder with --data.`;
}

function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A part of the path is a file.
    return undefined;
  }
}
