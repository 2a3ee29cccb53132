import { ClickHouseSink, type Epochs } from '../sinks/clickhouse-sink.js';
import { ASKED_USE, connectClickHouse, DEFAULT_DATABASE, endOtherReads, RECORDING_USE } from '../store/connect-clickhouse.js';
import type { ClickHouseAddress } from '../store/connect-clickhouse.js';
import { damageErrors, detachDamagedParts, detachedParts } from '../store/damaged-parts.js';
import { migrate } from '../store/migrate.js';
import { listedGaps } from '../store/queries/listed-gaps.js';
import { ClickHouseRecordingStore } from '../store/queries/recording-store.js';
import { StoredCoverage } from '../store/queries/stored-coverage.js';
import { storedFeedSteps } from '../store/queries/stored-feed-steps.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { missingRows, tableFiles, tableIds } from '../store/queries/stored-shape.js';
import type { TableSettings } from '../store/table-settings.js';
import type { StoreConnection } from './store-connection.js';

/** Connects to a ClickHouse server, or to the embedded store, which speaks the same. Nothing is asked of it yet. */
export function connectStore(address: ClickHouseAddress, damage: Epochs, settings: TableSettings): StoreConnection {
  const { database = DEFAULT_DATABASE } = address;
  const client = connectClickHouse(address, RECORDING_USE);
  const asked = connectClickHouse(address, ASKED_USE);
  return {
    sink: new ClickHouseSink(client, damage),
    recording: new ClickHouseRecordingStore(client),
    views: {
      reader: new StoredReader(asked),
      gaps: (query, signal) => listedGaps(asked, query, signal),
      coverage: (signal) => new StoredCoverage(asked, signal),
      feedSteps: (feed, limit, signal) => storedFeedSteps(asked, feed, limit, signal),
    },
    migrate: async () => {
      await migrate(address, settings);
    },
    tableIds: () => tableIds(client, database),
    tableFiles: () => tableFiles(client, database),
    missingRows: () => missingRows(client, database),
    damageErrors: () => damageErrors(client),
    detachedParts: () => detachedParts(client, database),
    detachDamagedParts: (messages, otherwise) => detachDamagedParts(client, database, messages, otherwise),
    endReadsOfOthers: () => endOtherReads(client),
    close: async () => {
      await Promise.all([client.close(), asked.close()]);
    },
  };
}
