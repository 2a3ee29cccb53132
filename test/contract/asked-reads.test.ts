import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASKED_USE, connectClickHouse, endOtherReads, RECORDING_USE } from '../../src/store/connect-clickhouse.js';
import type { StoreProcess } from '../../src/store/launch-store.js';
import { select } from '../../src/store/queries/select.js';
import { rawRequest, startStore, temporaryFolder } from '../support/store-process.js';

const ENDLESS = 'SELECT toString(sum(sipHash64(number))) AS sum FROM system.numbers';
/** The store itself waits two seconds for what it has to finish. */
const STOP_MAX_MS = 1_900;

const folder = temporaryFolder();
let store: StoreProcess;
let client: ClickHouseClient;

beforeAll(async () => {
  store = await startStore(folder.path);
  client = connectClickHouse({ ...store, database: 'default' }, ASKED_USE);
});

afterAll(async () => {
  await client.close();
  await store.stop();
  folder.remove();
});

const running = async (): Promise<number> =>
  (JSON.parse((await rawRequest(store, { method: 'GET', path: '/health' })).text) as { running: number }).running;

describe('a read that is asked for', () => {
  it('ends in the store when its answer is of no use any more', { timeout: 20_000 }, async () => {
    const gone = new AbortController();
    const read = select(client, ENDLESS, {}, gone.signal);
    await expect.poll(running, { timeout: 5_000 }).toBe(1);
    gone.abort();
    await expect(read).rejects.toMatchObject({ code: 'stopping', retryable: true });
    await expect.poll(running, { timeout: 5_000 }).toBe(0);
  });

  it('is refused in words of its own where it takes more than it may', async () => {
    const read = select(client, `${ENDLESS} SETTINGS max_execution_time = 0.2`, {});
    await expect(read).rejects.toMatchObject({
      code: 'overloaded',
      retryable: true,
      message: expect.stringContaining('ask for less') as string,
    });
    expect(ASKED_USE.settings).toMatchObject({ max_execution_time: 25, max_memory_usage: '1000000000', max_threads: 1 });
  });

  it('changes nothing', async () => {
    await expect(client.command({ query: 'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id' })).rejects.toMatchObject({
      code: '164',
    });
  });

  it('does not take the places of recording', { timeout: 20_000 }, async () => {
    const gone = new AbortController();
    const others = Array.from({ length: 12 }, () => select(client, ENDLESS, {}, gone.signal).catch(() => undefined));
    await expect.poll(running, { timeout: 5_000 }).toBeGreaterThanOrEqual(4);
    const { text } = await rawRequest(store, { path: '/?priority=1', body: 'SELECT 1' });
    expect(text).toBe('1\n');
    gone.abort();
    await Promise.all(others);
    await expect.poll(running, { timeout: 5_000 }).toBe(0);
  });
});

describe('the end of a store', () => {
  it('may begin with that of all reads but those of recording', { timeout: 20_000 }, async () => {
    const recording = connectClickHouse({ ...store, database: 'default' }, RECORDING_USE);
    const over = new AbortController();
    try {
      const own = select(recording, ENDLESS, {}, over.signal);
      own.catch(() => undefined);
      const other = select(client, ENDLESS, {});
      await expect.poll(running, { timeout: 5_000 }).toBe(2);
      const refusal = expect(other).rejects.toMatchObject({ code: '394' });
      await expect.poll(async () => (await endOtherReads(recording), running()), { timeout: 5_000 }).toBe(1);
      await refusal;
      over.abort();
      await expect(own).rejects.toMatchObject({ code: 'stopping' });
      await expect.poll(running, { timeout: 5_000 }).toBe(0);
    } finally {
      await recording.close();
    }
  });

  it('waits neither for a long query nor for a client that does not read its answer', { timeout: 20_000 }, async () => {
    const own = temporaryFolder();
    const ending = await startStore(own.path);
    try {
      for (const query of ['SELECT number FROM system.numbers', ENDLESS]) {
        const socket = connect(ending.port, '127.0.0.1').pause();
        socket.on('error', () => undefined);
        const head = `GET /?query=${encodeURIComponent(query)} HTTP/1.1\r\nHost: 127.0.0.1:${ending.port}\r\n`;
        socket.write(`${head}X-ClickHouse-Key: ${ending.password}\r\n\r\n`);
      }
      await sleep(500);
      const stoppedAt = performance.now();
      await ending.stop();
      expect(performance.now() - stoppedAt).toBeLessThan(STOP_MAX_MS);
      expect(await ending.exited).toEqual({ code: 0, signal: null });
    } finally {
      own.remove();
    }
  });
});
