import { MemoryReader } from '../support/simulation/memory-store/memory-reader.js';
import { MemoryRecordingStore } from '../support/simulation/memory-store/memory-recording-store.js';
import { MemoryTables } from '../support/simulation/memory-store/memory-tables.js';
import { storedRowsContract } from './stored-rows.contract.js';

storedRowsContract('in memory', () => {
  const tables = new MemoryTables();
  return Promise.resolve({
    sink: tables,
    store: new MemoryRecordingStore(tables),
    reader: new MemoryReader(tables),
    close: () => tables.close(),
  });
});
