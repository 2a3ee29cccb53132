import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeracError } from '../errors.js';
import { isProcessIdentity, type ProcessIdentity } from './process-identity.js';

/** Name of the file that makes a folder a data folder of Serac. */
export const MARKER_NAME = 'serac.json';
const MARKER_FORMAT = 1;
const DRAFT_BYTES = 6;
const KEY_DIGITS = 12;

/** The store of a data folder: its own embedded one, or a server. Never with credentials. */
export type StoreIdentity =
  { readonly kind: 'embedded'; readonly database: string } | { readonly kind: 'server'; readonly url: string; readonly database: string };

/** Content of `DIR/serac.json`. */
export interface FolderMarker {
  /** Version of the folder's layout. */
  readonly format: number;
  /** Random, created once. */
  readonly id: string;
  readonly store: StoreIdentity;
  /** The command that created it. */
  readonly madeBy: string;
  /** RFC 3339, UTC. */
  readonly madeAt: string;
  /** The process of a temporary folder. Once it has ended, the folder may be removed. */
  readonly temporaryFor?: ProcessIdentity;
}

/** What a command writes about a folder that it creates. */
export interface FolderMaker {
  readonly store: StoreIdentity;
  readonly madeBy: string;
  readonly temporaryFor?: ProcessIdentity;
}

/** The store of a configuration. Of a server's URL only the origin and the path: no credentials, no query. */
export function storeOf({ url, database }: { readonly url?: string | undefined; readonly database: string }): StoreIdentity {
  if (url === undefined) return { kind: 'embedded', database };
  const { origin, pathname } = new URL(url);
  return { kind: 'server', url: `${origin}${pathname.replace(/\/+$/, '')}`, database };
}

export function isSameStore(a: StoreIdentity, b: StoreIdentity): boolean {
  return storeText(a) === storeText(b);
}

/** A short name for a store, for a folder of files that are for it. */
export function storeKey(store: StoreIdentity): string {
  const digest = createHash('sha256').update(storeText(store)).digest('hex');
  return `${store.database}-${digest.slice(0, KEY_DIGITS)}`;
}

/** A store as part of a sentence. */
export function storeText(store: StoreIdentity): string {
  return store.kind === 'embedded' ? `database ${store.database} of its embedded store` : `database ${store.database} of ${store.url}`;
}

/**
 * Reads the marker of a folder; undefined if there is none.
 * @throws SeracError `input.invalid` if it is damaged or of a newer Serac; the file system's own error if it cannot be read
 */
export function readMarker(dir: string): FolderMarker | undefined {
  const path = join(dir, MARKER_NAME);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const marker = parse(text);
  if (marker === undefined) {
    throw new SeracError(
      'input.invalid',
      `${path} is damaged: restore it from a copy, or, if this is a folder of Serac, delete it, and the next serac run recreates it.`,
    );
  }
  if (marker.format > MARKER_FORMAT) {
    throw new SeracError(
      'input.invalid',
      `${dir} was made by a newer Serac (format ${marker.format}; this one knows ${MARKER_FORMAT}): upgrade Serac, or choose another folder with --data.`,
    );
  }
  return marker;
}

/** Creates the marker of a folder without one. Of concurrent processes one wins, and all get its marker. */
export function makeMarker(dir: string, maker: FolderMaker): FolderMarker {
  const marker: FolderMarker = { format: MARKER_FORMAT, id: randomUUID(), ...maker, madeAt: new Date().toISOString() };
  const draft = writeDraft(dir, marker);
  try {
    // A link never overwrites.
    linkSync(draft, join(dir, MARKER_NAME));
    return marker;
  } catch (error) {
    const existing = readMarker(dir);
    if (existing === undefined) throw error;
    return existing;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Replaces the marker atomically: the folder now belongs to another store. */
export function replaceMarker(dir: string, marker: FolderMarker): void {
  renameSync(writeDraft(dir, marker), join(dir, MARKER_NAME));
}

function writeDraft(dir: string, marker: FolderMarker): string {
  const draft = join(dir, `${MARKER_NAME}.${randomBytes(DRAFT_BYTES).toString('hex')}`);
  writeFileSync(draft, `${JSON.stringify(marker, undefined, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return draft;
}

function parse(text: string): FolderMarker | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isMarker(value) ? value : undefined;
}

function isMarker(value: unknown): value is FolderMarker {
  if (typeof value !== 'object' || value === null) return false;
  const { format, id, store, madeBy, temporaryFor } = value as Partial<Record<keyof FolderMarker, unknown>>;
  if (!Number.isInteger(format) || typeof id !== 'string') return false;
  // Of a newer format nothing else is known.
  if ((format as number) > MARKER_FORMAT) return true;
  if (typeof store !== 'object' || store === null || typeof madeBy !== 'string') return false;
  if (temporaryFor !== undefined && !isProcessIdentity(temporaryFor)) return false;
  const { kind, url, database } = store as Record<string, unknown>;
  return typeof database === 'string' && (kind === 'embedded' || (kind === 'server' && typeof url === 'string'));
}
