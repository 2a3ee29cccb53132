import type { FeedStep } from '../domain/feed-history.js';
import type { Gap, GapQuery } from '../domain/gap.js';
import type { Reader } from '../domain/ports/reader.js';
import type { RecordingStore } from '../domain/ports/recording-store.js';
import type { Sink } from '../domain/ports/sink.js';
import type { FeedId } from '../domain/symbol.js';
import type { CoverageStore } from '../reading/audit-reader.js';
import type { DetachedPart } from '../store/damaged-parts.js';

/** What looking after a store asks of it. */
export interface StoreTables {
  /** By table, its identity: one that was removed and recreated has another. */
  tableIds(): Promise<ReadonlyMap<string, string>>;
  /** Where each table is defined, from the store's own folder on, and the folders of its rows. '': nowhere. */
  tableFiles(): Promise<readonly { readonly definition: string; readonly folders: readonly string[] }[]>;
  /** How many trades fewer are stored than the checkpoints name. */
  missingRows(): Promise<number>;
  /** How often the store came upon something like a damaged part since it started, and what it said last. */
  damageErrors(): Promise<{ readonly count: number; readonly messages: readonly string[] }>;
  /** Parts that stand in no table any more. */
  detachedParts(): Promise<readonly DetachedPart[]>;
  /** Takes damaged parts out of their tables: those that messages name; where they name none, all or none are looked at. */
  detachDamagedParts(messages: readonly string[], otherwise: 'all' | 'named'): Promise<readonly DetachedPart[]>;
}

/** What is asked from outside: nothing of recording waits behind it. */
export interface StoredViews {
  readonly reader: Reader;
  readonly gaps: (query: GapQuery, signal?: AbortSignal) => Promise<Gap[]>;
  readonly coverage: (signal?: AbortSignal) => CoverageStore;
  readonly feedSteps: (feed: FeedId, limit: number, signal?: AbortSignal) => Promise<readonly FeedStep[]>;
}

/** A store as the daemon uses it. It outlives the store's process: one that is started again is found where the last one was. */
export interface StoreConnection extends StoreTables {
  readonly sink: Sink;
  readonly recording: RecordingStore;
  readonly views: StoredViews;
  /** Brings the schema up to date. */
  migrate(): Promise<void>;
  /** Ends reads that others have under way. */
  endReadsOfOthers(): Promise<void>;
  close(): Promise<void>;
}
