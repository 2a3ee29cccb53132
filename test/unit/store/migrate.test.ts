import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectClickHouse } from '../../../src/store/connect-clickhouse.js';
import type { StoreProcess } from '../../../src/store/launch-store.js';
import { assertSchema, migrate, migrations } from '../../../src/store/migrate.js';
import { startStore, temporaryFolder } from '../../support/store-process.js';

const folder = temporaryFolder();
let store: StoreProcess;
let client: ClickHouseClient;

beforeAll(async () => {
  store = await startStore(folder.path);
  client = connectClickHouse({ ...store, database: 'default' });
});

afterAll(async () => {
  await client.close();
  await store.stop();
  folder.remove();
});

const rowsOf = async <T>(query: string): Promise<T[]> => (await client.query({ query, format: 'JSONEachRow' })).json<T>();

const schemaOf = (database: string): Promise<unknown[]> =>
  rowsOf(`SELECT name, create_table_query FROM system.tables WHERE database = '${database}' ORDER BY name`);

it('numbers its steps without holes', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
});

it('creates the database and its tables, and changes nothing when it runs again', async () => {
  const address = { ...store, database: 'fresh' };
  expect(await migrate(address)).toBe(migrations.length);
  const schema = await schemaOf('fresh');
  expect(schema.map((table) => (table as { name: string }).name)).toEqual([
    ...['candles', 'candles_data', 'checkpoints', 'feed_events', 'gaps', 'instruments', 'raw_frames', 'rejects'],
    ...['schema_migrations', 'trades', 'trades_data'],
  ]);
  expect(await migrate(address)).toBe(migrations.length);
  expect(await schemaOf('fresh')).toEqual(schema);
  expect(await rowsOf('SELECT count() AS n FROM fresh.schema_migrations')).toEqual([{ n: String(migrations.length) }]);
});

it('reads the password again where it was rotated since the address was made', async () => {
  const address = { ...store, password: '0'.repeat(64), database: 'rotated' };
  await expect(migrate(address)).rejects.toMatchObject({ code: 'store.refused' });
  expect(await migrate({ ...address, readPassword: () => store.password })).toBe(migrations.length);
});

it('finishes what a crash left half done', async () => {
  const address = { ...store, database: 'crashed' };
  await migrate(address);
  const schema = await schemaOf('crashed');
  await client.command({ query: 'TRUNCATE TABLE crashed.schema_migrations' });
  await client.command({ query: 'DROP VIEW crashed.candles' });
  await migrate(address);
  expect(await schemaOf('crashed')).toEqual(schema);
});

it('makes what was dropped again, and leaves the rest alone', async () => {
  const address = { ...store, database: 'dropped' };
  await migrate(address);
  const schema = await schemaOf('dropped');
  await client.command({ query: "INSERT INTO dropped.rejects (exchange) VALUES ('binance')" });
  await client.command({ query: 'DROP TABLE dropped.trades_data SYNC' });
  await client.command({ query: 'DROP VIEW dropped.candles' });
  await migrate(address);
  expect(await schemaOf('dropped')).toEqual(schema);
  expect(await rowsOf('SELECT count() AS n FROM dropped.rejects')).toEqual([{ n: '1' }]);
});

it('refuses a schema that is newer than it knows, and leaves it alone', async () => {
  const address = { ...store, database: 'newer' };
  const future = { version: migrations.length + 1, name: 'of a later version', statements: () => [] };
  await migrate(address, { steps: [...migrations, future] });
  const schema = await schemaOf('newer');
  await expect(migrate(address)).rejects.toMatchObject({
    code: 'store.refused',
    message: expect.stringContaining('newer Serac') as string,
  });
  expect(await schemaOf('newer')).toEqual(schema);
});

it('is only looked at by what reads: a schema that is absent, older or newer is named and left alone', async () => {
  const address = { ...store, database: 'looked_at' };
  await expect(assertSchema(address)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('holds nothing') as string,
  });
  expect(await rowsOf("SELECT name FROM system.databases WHERE name = 'looked_at'")).toEqual([]);

  await migrate(address, { steps: migrations.slice(0, 1) });
  const older = await schemaOf('looked_at');
  await expect(assertSchema(address)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/schema version 1, from an older Serac.*serac run, replay or backfill upgrades it/) as string,
  });
  expect(await schemaOf('looked_at')).toEqual(older);

  await migrate(address);
  const current = await schemaOf('looked_at');
  await assertSchema(address);
  await migrate(address, { steps: [...migrations, { version: migrations.length + 1, name: 'of a later version', statements: () => [] }] });
  await expect(assertSchema(address)).rejects.toMatchObject({ code: 'store.refused', message: expect.stringContaining('newer') as string });
  expect(await schemaOf('looked_at')).toEqual(current);
});

it('sets how durable an acknowledgement is', async () => {
  const address = { ...store, database: 'durable' };
  const isDurable = async (): Promise<boolean> =>
    JSON.stringify(
      await rowsOf("SELECT create_table_query FROM system.tables WHERE database = 'durable' AND name = 'trades_data'"),
    ).includes('fsync_after_insert = 1');
  await migrate(address);
  expect(await isDurable()).toBe(false);
  await migrate(address, { fsyncAfterInsert: true });
  expect(await isDurable()).toBe(true);
  await migrate(address, { fsyncAfterInsert: false });
  expect(await isDurable()).toBe(false);
});

it('changes the settings of a table only where they are others, and no server has to make statistics', async () => {
  const address = { ...store, database: 'settled' };
  const tables = () =>
    rowsOf(`SELECT name, engine_full, metadata_modification_time FROM system.tables WHERE database = 'settled' AND name = 'trades_data'`);
  await migrate(address, { fsyncAfterInsert: true });
  const settled = await tables();
  expect(JSON.stringify(settled)).toContain("auto_statistics_types = ''");
  // The time of a change has whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await migrate(address, { fsyncAfterInsert: true });
  expect(await tables()).toEqual(settled);
});

it('names a server that does not answer without what its address holds of credentials', async () => {
  const failure: unknown = await migrate({ url: 'http://me:hunter2@127.0.0.1:1' }).catch((error: unknown) => error);
  expect(String(failure)).toContain('at http://127.0.0.1:1 could not be prepared: ');
  expect(String(failure)).not.toContain('hunter2');
});

it('refuses a name that is none', async () => {
  await expect(migrate({ ...store, database: 'a`b' })).rejects.toMatchObject({ code: 'config.invalid' });
});

it('shows one row per trade: of the most immediate origin, across months too', async () => {
  await migrate({ ...store, database: 'view' });
  const trade = (id: number, origin: string, event_time: string, price: string): Record<string, unknown> => ({
    ...{ exchange: 'x', symbol: 'A-B', trade_id: id, price, quantity: '0.000000000001', side: 'buy' },
    ...{ event_time, receive_time: event_time, sequence: null, connection_id: 1, origin },
  });
  for (const values of [
    [trade(1, 'live', '2024-01-31 23:59:59.999999', '99999999999999999999999999.123456789012')],
    [trade(1, 'backfill', '2024-02-01 00:00:00.000000', '2'), trade(2, 'import', '2024-02-01 00:00:00.000000', '3')],
    [trade(1, 'replay', '2024-01-31 23:59:59.999999', '4'), trade(2, 'backfill', '2024-02-01 00:00:00.000000', '5')],
  ]) {
    await client.insert({ table: 'view.trades_data', values, format: 'JSONEachRow' });
  }
  expect(await rowsOf('SELECT trade_id, origin, price, sequence FROM view.trades ORDER BY trade_id')).toEqual([
    { trade_id: '1', origin: 'live', price: '99999999999999999999999999.123456789012', sequence: null },
    { trade_id: '2', origin: 'import', price: '3', sequence: null },
  ]);
  const columns = await rowsOf<{ name: string }>('DESCRIBE TABLE view.trades');
  expect(columns.map(({ name }) => name)).not.toContain('version');
});

it('shows one row per candle: of the highest version', async () => {
  await migrate({ ...store, database: 'view' });
  const candle = (version: number, close: string): Record<string, unknown> => ({
    ...{ exchange: 'x', symbol: 'A-B', interval: '1m', open_time: '2024-01-01 00:00:00', close_time: '2024-01-01 00:01:00' },
    ...{ close, version, state: 'final', completeness: 'complete' },
  });
  for (const values of [[candle(35, '2')], [candle(19, '1')], [candle(51, '3')], [candle(34, '4')]]) {
    await client.insert({ table: 'view.candles_data', values, format: 'JSONEachRow' });
  }
  expect(await rowsOf('SELECT close FROM view.candles')).toEqual([{ close: '3' }]);
});

it('keeps what people look at when it says nothing about its time', async () => {
  await migrate({ ...store, database: 'view' });
  await client.insert({ table: 'view.rejects', values: [{ reason: 'r' }], format: 'JSONEachRow' });
  await client.insert({ table: 'view.feed_events', values: [{ event: 'e' }], format: 'JSONEachRow' });
  expect(await rowsOf('SELECT (SELECT count() FROM view.rejects) AS rejects, (SELECT count() FROM view.feed_events) AS events')).toEqual([
    { rejects: '1', events: '1' },
  ]);
});
