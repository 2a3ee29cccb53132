import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import { connectClickHouse } from '../../src/store/connect-clickhouse.js';
import { migrate } from '../../src/store/migrate.js';
import { StoredReader } from '../../src/store/queries/stored-reader.js';
import { clickHouseError, FaultyStoreProxy } from '../support/integration/faulty-store-proxy.js';
import { startStore, temporaryFolder } from '../support/store-process.js';
import { sinkContract } from './sink.contract.js';
import { BAD_PRICE } from './sink/lane-rig.js';

const DATABASE = 'serac';

sinkContract('ClickHouse, embedded', async () => {
  const folder = temporaryFolder();
  const proxy = await FaultyStoreProxy.start();
  const host = `127.0.0.1:${proxy.port}`;
  const store = await startStore(folder.path, { allowedHosts: [host] });
  proxy.targetPort = store.port;
  const address = { url: store.url, password: store.password, database: DATABASE };
  await migrate(address);
  const [client, throughProxy] = [connectClickHouse(address), connectClickHouse({ ...address, url: `http://${host}` })];
  await client.command({ query: `ALTER TABLE trades_data ADD CONSTRAINT taken CHECK price != ${BAD_PRICE / 10n ** 12n}` });
  return {
    connect: () => new ClickHouseSink(throughProxy),
    reader: new StoredReader(client),
    fail: (how) => {
      proxy.fault = how === 'not taken' ? clickHouseError('202', 'TOO_MANY_SIMULTANEOUS_QUERIES') : null;
      proxy.losesAnswers = how === 'answer lost';
    },
    close: async () => {
      await Promise.all([client.close(), throughProxy.close()]);
      await proxy.close();
      await store.stop();
      folder.remove();
    },
  };
});
