import type { Batch } from '../../src/domain/ports/sink.js';
import { SeracError } from '../../src/errors.js';
import { decodeTrades } from '../support/simulation/memory-store/decode-trades.js';
import { MemoryReader } from '../support/simulation/memory-store/memory-reader.js';
import { MemoryTables } from '../support/simulation/memory-store/memory-tables.js';
import { sinkContract } from './sink.contract.js';
import { BAD_PRICE, type Failing } from './sink/lane-rig.js';

const away = (why: string): SeracError => new SeracError('store.unavailable', `The store does not answer: ${why}.`, { retryable: true });

sinkContract('in memory', () => {
  const tables = new MemoryTables();
  let failing: Failing | null = null;
  const write = async (batch: Batch): Promise<void> => {
    if (failing === 'not taken') throw away('it is down');
    if (batch.table === 'trades_data' && decodeTrades(batch.bytes).some(({ trade }) => trade.price === BAD_PRICE))
      throw new SeracError('store.refused', 'A price is refused.');
    await tables.write(batch);
    if (failing === 'answer lost') throw away('its answer was lost');
  };
  return Promise.resolve({
    connect: () => ({ name: tables.name, write, close: () => tables.close() }),
    reader: new MemoryReader(tables),
    fail: (how) => (failing = how),
    close: () => tables.close(),
  });
});
