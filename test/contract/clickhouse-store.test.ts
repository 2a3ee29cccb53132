import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import { openStore } from '../../src/store/open-store.js';
import { ClickHouseRecordingStore } from '../../src/store/queries/recording-store.js';
import { StoredReader } from '../../src/store/queries/stored-reader.js';
import { storeEntry, temporaryFolder } from '../support/store-process.js';
import { storedRowsContract } from './stored-rows.contract.js';

storedRowsContract('ClickHouse, embedded', async () => {
  const folder = temporaryFolder();
  const store = await openStore({ dataDir: folder.path, entry: storeEntry });
  return {
    sink: new ClickHouseSink(store.client),
    store: new ClickHouseRecordingStore(store.client),
    reader: new StoredReader(store.client),
    close: async () => {
      await store.close();
      folder.remove();
    },
  };
});
