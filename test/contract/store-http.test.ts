import { once } from 'node:events';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createClient, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client';
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClickHouse } from '../../src/store/connect-clickhouse.js';
import type { StoreProcess } from '../../src/store/launch-store.js';
import { openStore } from '../../src/store/open-store.js';
import { rawRequest, startStore, storeEntry, temporaryFolder, type RawResponse } from '../support/store-process.js';

const folder = temporaryFolder();
let store: StoreProcess;
let client: ClickHouseClient;

beforeAll(async () => {
  store = await startStore(folder.path, { allowedHosts: ['tunnel.example:80'] });
  client = connectClickHouse({ ...store, database: 'default' });
  await client.command({
    query: 'CREATE TABLE t (id UInt64, text String) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100',
  });
});

afterAll(async () => {
  await client.close();
  await store.stop();
  folder.remove();
});

/** A statement as curl would send it. */
const sql = (body: string | Buffer, search = ''): Promise<RawResponse> => rawRequest(store, { path: `/${search}`, body });

const rowsOf = async (query: string, settings: ClickHouseSettings = {}): Promise<unknown[]> =>
  (await client.query({ query, format: 'JSONEachRow', clickhouse_settings: settings })).json();

const countOf = async (condition: string): Promise<number> => Number((await sql(`SELECT count() FROM t WHERE ${condition}`)).text);

/** An insert of bytes in any format with the official client: its `insert` knows fewer formats than ClickHouse has. */
async function insertBytes(into: string, bytes: Uint8Array, settings: ClickHouseSettings = {}): Promise<string | undefined> {
  const values = Readable.from([bytes], { objectMode: false });
  const { stream, summary } = await client.exec({ query: `INSERT INTO ${into}`, values, clickhouse_settings: settings });
  await stream.resume().toArray();
  return summary?.written_rows;
}

describe('the official client, unmodified', () => {
  it('pings', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  it('inserts rows and is told how many', async () => {
    const values = [
      { id: '18446744073709551615', text: 'largest' },
      { id: '1', text: 'tab\there, quote " and \u{1f40b}' },
    ];
    const { summary } = await client.insert({ table: 't', values, format: 'JSONEachRow' });
    expect(summary).toMatchObject({ written_rows: '2', result_rows: '2' });
    expect(await rowsOf("SELECT id, text FROM t WHERE text LIKE '%largest%' OR id = 1 ORDER BY id DESC")).toEqual(values);
  });

  it('inserts from a stream', async () => {
    const values = Readable.from(Array.from({ length: 1_000 }, (_, i) => ({ id: 10_000 + i, text: 'streamed' })));
    await client.insert({ table: 't', values, format: 'JSONEachRow' });
    expect(await countOf("text = 'streamed'")).toBe(1_000);
  });

  it('reads documents, rows and text', async () => {
    const document = await (await client.query({ query: 'SELECT number AS n FROM numbers(3)', format: 'JSON' })).json<{ n: string }>();
    expect(document.data).toEqual([{ n: '0' }, { n: '1' }, { n: '2' }]);
    expect(document.meta).toEqual([{ name: 'n', type: 'UInt64' }]);
    expect(await rowsOf('SELECT number AS n FROM numbers(2)')).toEqual([{ n: '0' }, { n: '1' }]);
    expect(await (await client.query({ query: 'SELECT 1, 2', format: 'CSVWithNames' })).text()).toBe('"1","2"\n1,2\n');
    expect(await rowsOf('SHOW TABLES')).toEqual([{ name: 't' }]);
    expect(await rowsOf('SELECT 1 WHERE 0')).toEqual([]);
  });

  it('binds parameters as values, never as SQL', async () => {
    const text = "it's \\ a\ttab,\na line' OR 1=1 --";
    const query_params = { text, list: ["a'b", 'c\\d'], id: 18446744073709551615n, nothing: null };
    const query = 'SELECT {text:String} AS text, {list:Array(String)} AS list, {id:UInt64} AS id, {nothing:Nullable(String)} AS nothing';
    const result = await client.query({ query, query_params, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ text, list: ["a'b", 'c\\d'], id: '18446744073709551615', nothing: null }]);
  });

  it('binds parameters that are too long for a URL', async () => {
    const text = 'x'.repeat(300_000);
    const result = await client.query({
      query: 'SELECT length({text:String}) AS n',
      query_params: { text },
      format: 'JSONEachRow',
      use_multipart_params: true,
    });
    expect(await result.json()).toEqual([{ n: '300000' }]);
  });

  it('gets errors with their code and type', async () => {
    await expect(rowsOf('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    await expect(rowsOf('selekt 1')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
    const bad = client.insert({
      table: 't',
      values: Readable.from(['{"id":1,"text":"a"}\n{"id":"x'], { objectMode: false }),
      format: 'CSV',
    });
    await expect(bad).rejects.toThrow('Expected end of line');
  });

  it('gets an error that comes in the middle of a result', async () => {
    const query = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)';
    const silent = createClient({ ...address(), log: { level: 127 } });
    const rows = await silent.query({ query, format: 'JSONEachRow' });
    await expect(rows.json()).rejects.toMatchObject({ type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' });
    for (const enable_http_compression of [0, 1] as const) {
      const text = await silent.query({ query, format: 'CSV', clickhouse_settings: { enable_http_compression } });
      await expect(text.text(), 'a cut result must not look whole').rejects.toThrow();
    }
    await silent.close();
  });

  it('compresses both ways', async () => {
    const compressing = createClient({ ...address(), compression: { request: true, response: true } });
    await compressing.insert({ table: 't', values: [{ id: 20_000, text: 'compressed' }], format: 'JSONEachRow' });
    const result = await compressing.query({ query: 'SELECT text FROM t WHERE id = 20000', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ text: 'compressed' }]);
    expect(result.response_headers['content-encoding']).toBe('gzip');
    await compressing.close();
  });

  it('reads Arrow as one stream, however many pieces the engine made', async () => {
    const query = 'SELECT number AS n, toString(number) AS s FROM numbers(300000) FORMAT ArrowStream';
    const { stream } = await client.exec({ query });
    const table = tableFromIPC(Buffer.concat((await stream.toArray()) as Buffer[]));
    expect(table.numRows).toBe(300_000);
    expect(table.batches.length).toBeGreaterThan(1);
    expect(table.get(299_999)?.toJSON()).toMatchObject({ n: 299_999n });
  });
});

describe('data stays data', () => {
  it('keeps binary whole, line breaks and all', async () => {
    const nasty = ['\n\n', '\r\n\r\n', '\n\nDROP TABLE t;\n\n', '\0', '\x0a\x0a\x0a\x0a', "'; DROP TABLE t; --"];
    const ids = nasty.map((_, i) => BigInt(0x0a0a_0a0a_0a0a) + BigInt(i));
    const table = tableFromArrays({ id: BigUint64Array.from(ids), text: nasty });
    expect(await insertBytes('t (id, text) FORMAT ArrowStream', tableToIPC(table, 'stream'))).toBe(String(nasty.length));
    const rows = await rowsOf(`SELECT id, text FROM t WHERE id >= ${String(ids[0])} AND id < ${String(ids[0]! + 100n)} ORDER BY id`);
    expect(rows).toEqual(nasty.map((text, i) => ({ id: String(ids[i]), text })));
  });

  it.each([
    ['in the body', '', 'INSERT INTO t FORMAT JSONEachRow\n{"id":31,"text":"a"}\n\nDROP TABLE t'],
    ['in the URL and the body', '?query=INSERT+INTO+t+FORMAT+JSONEachRow', '{"id":32,"text":"a"}\n\nDROP TABLE t'],
    ['as values', '', "INSERT INTO t VALUES (33, 'a')\n\n; DROP TABLE t"],
    ['as text', '', 'INSERT INTO t FORMAT TabSeparated\n34\ta\n\nDROP TABLE t\n'],
  ])('never runs what follows a blank line: %s', async (_, search, body) => {
    const { status, headers } = await sql(body, search);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers['x-clickhouse-exception-code']).toBeDefined();
    expect((await sql('EXISTS TABLE t')).text).toBe('1\n');
    expect(await countOf('id BETWEEN 31 AND 34'), 'nothing of a refused insert is stored').toBe(0);
  });

  it.each([
    ['SELECT 1; SELECT 2'],
    ["SELECT ';'; DROP TABLE t"],
    ['SELECT 1 /* ; */; -- ;\nDROP TABLE t'],
    ['SELECT $x$;$x$; DROP TABLE t'],
    ['SHOW TABLES; DROP TABLE t'],
  ])('refuses several statements: %s', async (body) => {
    expect((await sql(body)).text).toContain('Multi-statements are not allowed');
    expect((await sql('EXISTS TABLE t')).text).toBe('1\n');
  });

  it('lets a semicolon end a statement', async () => {
    expect((await sql('SELECT 1 AS "a;b" -- ; end\n;\n')).text).toBe('1\n');
  });

  it('touches no files of the server', async () => {
    expect((await sql("INSERT INTO t FROM INFILE '/etc/hostname' FORMAT LineAsString")).status).toBe(501);
    expect((await sql("SELECT 1 INTO OUTFILE 'must-not-exist'")).status).toBe(501);
  });

  it('takes values as ClickHouse does', async () => {
    expect((await sql('', '?query=' + encodeURIComponent("INSERT INTO t VALUES (41, 'x\n\ny'), (42, upper('b'))"))).status).toBe(200);
    expect((await sql("(43, 'c')", '?query=INSERT+INTO+t+VALUES')).status).toBe(200);
    expect((await sql("INSERT INTO t SELECT 44, 'd'")).status).toBe(200);
    expect((await sql('INSERT INTO t (id, text) SETTINGS max_insert_threads = 1 FORMAT CSV 45,"e\n\ne"')).status).toBe(200);
    expect((await sql('SELECT text FROM t WHERE id BETWEEN 41 AND 45 ORDER BY id')).text).toBe('x\\n\\ny\nB\nc\nd\ne\\n\\ne\n');
  });

  it('takes every format that it gives', async () => {
    for (const format of [
      'Native',
      'RowBinary',
      'Parquet',
      'Arrow',
      'ArrowStream',
      'JSON',
      'CSVWithNames',
      'TSVWithNamesAndTypes',
      'Avro',
      'ORC',
      'MsgPack',
    ]) {
      const made = await sql(
        `SELECT number AS id, concat('${format}\n\n', toString(number)) AS text FROM numbers(100000) FORMAT ${format}`,
      );
      expect(made.status, format).toBe(200);
      await sql('CREATE OR REPLACE TABLE copy (id UInt64, text String) ENGINE = MergeTree ORDER BY id');
      const taken = await sql(made.body, `?query=${encodeURIComponent(`INSERT INTO copy FORMAT ${format}`)}`);
      expect(taken.status, `${format}: ${taken.text}`).toBe(200);
      const check = "SELECT count(), sum(id), countIf(text = concat({f:String}, '\n\n', toString(id))) FROM copy";
      expect((await sql(check, `?param_f=${format}`)).text, format).toBe('100000\t4999950000\t100000\n');
    }
  });

  it('inserts nothing of a body that breaks off', async () => {
    const socket = connect(store.port, '127.0.0.1');
    socket.write(
      `POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: 127.0.0.1:${store.port}\r\nX-ClickHouse-Key: ${store.password}\r\nContent-Length: 1000\r\n\r\n51,a\n52,b\n`,
    );
    await delay(100);
    socket.destroy();
    await delay(100);
    expect(await countOf('id IN (51, 52)')).toBe(0);
  });

  it('drops the same insert sent twice with the same token', async () => {
    const bytes = tableToIPC(tableFromArrays({ id: BigUint64Array.from([61n, 62n]), text: ['a', 'b'] }), 'stream');
    const settings = { insert_deduplication_token: 'batch 61' };
    await insertBytes('t FORMAT ArrowStream', bytes, settings);
    await insertBytes('t FORMAT ArrowStream', bytes, settings);
    expect(await countOf('id IN (61, 62)')).toBe(2);
    await insertBytes('t FORMAT ArrowStream', bytes, { insert_deduplication_token: 'another' });
    expect(await countOf('id IN (61, 62)')).toBe(4);
  });
});

describe('requests do not touch each other', () => {
  it('keeps settings to the request that made them', async () => {
    expect((await sql('SELECT toUInt64(1) AS n FORMAT JSONEachRow', '?output_format_json_quote_64bit_integers=1')).text).toBe(
      '{"n":"1"}\n',
    );
    expect((await sql('SELECT toUInt64(1) AS n FORMAT JSONEachRow')).text).toBe('{"n":1}\n');
    expect((await sql('SET max_threads = 1')).status).toBe(200);
    const threads = await sql("SELECT getSetting('max_threads')");
    expect((await sql("SELECT getSetting('max_threads')", '?max_threads=7')).text).toBe('7\n');
    expect((await sql("SELECT getSetting('max_threads')")).text).toBe(threads.text);
    expect((await sql('SELECT {x:String}', '?param_x=1')).text).toBe('1\n');
    expect((await sql('SELECT {x:String}')).headers['x-clickhouse-exception-code']).toBe('456');
  });

  it('keeps them apart at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        sql("SELECT {x:String}, getSetting('max_threads')", `?param_x=p${i}&max_threads=${1 + (i % 5)}`),
      ),
    );
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, i) => `p${i}\t${1 + (i % 5)}\n`));
  });

  it('uses the database of the request', async () => {
    expect((await sql('SELECT currentDatabase()', '?database=system')).text).toBe('system\n');
    expect((await sql('SELECT currentDatabase()')).text).toBe('default\n');
    expect((await sql('SELECT 1', '?database=nowhere')).status).toBe(404);
  });

  it('refuses two running queries with one id', async () => {
    const slow = sql('SELECT sleepEachRow(0.3) FROM numbers(2)', '?query_id=twin');
    await delay(100);
    expect((await sql('SELECT 1', '?query_id=twin')).headers['x-clickhouse-exception-code']).toBe('216');
    expect((await slow).headers['x-clickhouse-query-id']).toBe('twin');
  });
});

describe("ClickHouse's HTTP interface", () => {
  it('answers ping and health without credentials', async () => {
    const ping = await rawRequest(store, { method: 'GET', path: '/ping', isAuthorised: false });
    expect(ping).toMatchObject({ status: 200, text: 'Ok.\n' });
    const health = await rawRequest(store, { method: 'GET', path: '/health', isAuthorised: false });
    expect(JSON.parse(health.text)).toMatchObject({
      status: 'ready',
      version: expect.stringMatching(/^2\d\.\d+/) as string,
      failed: expect.any(Number) as number,
    });
    expect((await rawRequest(store, { method: 'GET', path: '//' })).status).toBe(404);
  });

  it('takes the query from the URL, the body, or both', async () => {
    expect((await rawRequest(store, { method: 'GET', path: '/?query=SELECT%201' })).text).toBe('1\n');
    expect((await sql('SELECT 2')).text).toBe('2\n');
    expect((await sql('FORMAT JSONEachRow', '?query=SELECT+3+AS+n')).text).toBe('{"n":3}\n');
  });

  it('knows formats by clause, header and parameter', async () => {
    expect((await sql('SELECT 1 AS n FORMAT CSV')).headers).toMatchObject({
      'x-clickhouse-format': 'CSV',
      'content-type': 'text/csv; charset=UTF-8',
    });
    expect((await sql('SELECT 1 AS n', '?default_format=JSONEachRow')).text).toBe('{"n":1}\n');
    const byHeader = await rawRequest(store, { body: 'SELECT 1 AS n', headers: { 'X-ClickHouse-Format': 'JSONCompactEachRow' } });
    expect(byHeader.text).toBe('[1]\n');
    expect((await sql('SELECT 1', '?default_format=Nonsense')).status).toBe(404);
    expect((await sql('SELECT 1', '?default_format=CSV%20INTO%20OUTFILE')).status).toBe(404);
    expect((await sql('SELECT 1 AS format, 2 AS settings')).text).toBe('1\t2\n');
  });

  it('repeats no header within a streamed result', async () => {
    for (const format of ['CSVWithNames', 'TSVWithNamesAndTypes', 'JSONCompactEachRowWithNames']) {
      const { text } = await sql(`SELECT number AS "a\nb" FROM numbers(200000) FORMAT ${format}`);
      expect(text.match(/a(\n|\\n)b/g), format).toHaveLength(1);
    }
    expect((await sql('SELECT number AS n, count() AS c FROM numbers(3) GROUP BY n WITH TOTALS ORDER BY n')).text).toBe(
      '0\t1\n1\t1\n2\t1\n\n0\t3\n',
    );
  });

  it('sums up what it did', async () => {
    const { headers } = await sql('SELECT number FROM numbers(10) FORMAT JSON');
    const summary = JSON.parse(String(headers['x-clickhouse-summary'])) as Record<string, string>;
    expect(summary).toMatchObject({ result_rows: '10', written_rows: '0' });
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        'read_rows',
        'read_bytes',
        'written_rows',
        'written_bytes',
        'total_rows_to_read',
        'result_bytes',
        'elapsed_ns',
      ]),
    );
    expect(Object.values(summary).every((value) => typeof value === 'string')).toBe(true);
  });

  it('gives statuses that tell who is to blame', async () => {
    const statuses = async (body: string, search = ''): Promise<[number, string]> => {
      const { status, headers } = await sql(body, search);
      return [status, String(headers['x-clickhouse-exception-code'])];
    };
    expect(await statuses('SELECT * FROM nowhere')).toEqual([404, '60']);
    expect(await statuses('SELECT')).toEqual([400, '62']);
    expect(await statuses('SELECT 1', '?no_such_setting=1')).toEqual([400, '115']);
    expect(await statuses('')).toEqual([400, '62']);
    expect(await statuses('SELECT 1', '?session_id=a')).toEqual([501, '48']);
    expect(await statuses('SELECT throwIf(1)')).toEqual([500, '395']);
  });

  it('honours readonly, and reads only by GET', async () => {
    const write = "INSERT INTO t VALUES (71, 'a')";
    expect(
      (await rawRequest(store, { method: 'GET', path: `/?query=${encodeURIComponent(write)}` })).headers['x-clickhouse-exception-code'],
    ).toBe('164');
    expect((await rawRequest(store, { method: 'GET', path: '/?query=DROP+TABLE+t' })).headers['x-clickhouse-exception-code']).toBe('164');
    for (const readonly of [1, 2]) {
      expect((await sql(write, `?readonly=${readonly}`)).headers['x-clickhouse-exception-code']).toBe('164');
      expect((await sql('SELECT 1', `?readonly=${readonly}&max_threads=1`)).text).toBe('1\n');
      expect((await sql('SELECT 1 FORMAT JSON', `?readonly=${readonly}`)).status).toBe(200);
    }
    expect((await sql('SELECT 1 SETTINGS max_block_size = 1000', '?readonly=1')).headers['x-clickhouse-exception-code']).toBe('164');
    expect(await countOf('id = 71')).toBe(0);
  });

  it('compresses only for who asks', async () => {
    const body = "SELECT repeat('x', 10000)";
    const headers = { 'Accept-Encoding': 'gzip, deflate' };
    const zipped = await rawRequest(store, { body, headers, path: '/?enable_http_compression=1' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.body).toString()).toBe(`${'x'.repeat(10_000)}\n`);
    expect((await rawRequest(store, { body, headers })).headers['content-encoding']).toBeUndefined();
    const sent = await rawRequest(store, { body: gzipSync('SELECT 5'), headers: { 'Content-Encoding': 'gzip' } });
    expect(sent.text).toBe('5\n');
    expect((await rawRequest(store, { body: 'not gzip', headers: { 'Content-Encoding': 'gzip' } })).status).toBe(400);
    expect((await rawRequest(store, { body: '', headers: { 'Content-Encoding': 'lzma' } })).status).toBe(501);
  });

  it('refuses more than it can hold', async () => {
    const headers = { 'Content-Length': String(2 ** 40) };
    const refused = await new Promise<number>((resolve, reject) => {
      const socket = connect(store.port, '127.0.0.1');
      socket.on('error', reject);
      socket.on('data', (data) => {
        resolve(Number(/^HTTP\/1.1 (\d+)/.exec(data.toString())?.[1]));
        socket.destroy();
      });
      const head = `POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: 127.0.0.1:${store.port}\r\nX-ClickHouse-Key: ${store.password}`;
      socket.write(`${head}\r\nContent-Length: ${headers['Content-Length']}\r\n\r\n1,a\n`);
    });
    expect(refused).toBe(413);
    expect((await sql(`SELECT '${'x'.repeat(17 * 1024 * 1024)}'`)).status).toBe(413);
  });
});

describe('large results', () => {
  it('streams five million rows at the pace of the reader, in bounded memory', async () => {
    const residentBytes = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${store.pid}/status`, 'utf8'))?.[1]) * 1024;
    const before = residentBytes();
    let peak = 0;
    const sampling = setInterval(() => (peak = Math.max(peak, residentBytes())), 20);
    // The engine bounds blocks of a table in bytes, those of numbers() only in rows: hence the setting.
    const query = 'SELECT number, repeat(toString(number), 40) FROM numbers(5000000) SETTINGS max_block_size = 8192 FORMAT TabSeparated';
    const response = await start(query);
    await delay(500);
    let bytes = 0;
    let lines = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
    }
    clearInterval(sampling);
    expect(lines).toBe(5_000_000);
    expect(peak - before).toBeLessThan(bytes / 3);
  });

  it('stops a query whose client is gone', async () => {
    const running = async (): Promise<string> =>
      (await sql("SELECT count() FROM system.processes WHERE query LIKE '%system.numbers%' AND query NOT LIKE '%processes%'")).text;
    for (const query of [
      'SELECT sum(sipHash64(number)) FROM system.numbers',
      'SELECT number FROM system.numbers',
      'SELECT max(number) FROM system.numbers FORMAT JSON',
    ]) {
      const socket = connect(store.port, '127.0.0.1');
      socket.write(
        `GET /?query=${encodeURIComponent(query)} HTTP/1.1\r\nHost: 127.0.0.1:${store.port}\r\nX-ClickHouse-Key: ${store.password}\r\n\r\n`,
      );
      await expect.poll(running, { timeout: 5_000 }).toBe('1\n');
      socket.destroy();
      await expect.poll(running, { timeout: 5_000 }).toBe('0\n');
    }
  });

  it('stops when the client aborts', async () => {
    const abort = new AbortController();
    const silent = createClient({ ...address(), log: { level: 127 } });
    const query = silent.query({ query: 'SELECT sum(sipHash64(number)) FROM system.numbers', abort_signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await expect(query).rejects.toThrow();
    await silent.close();
    const health = async (): Promise<unknown> =>
      (JSON.parse((await rawRequest(store, { method: 'GET', path: '/health' })).text) as { running: number }).running;
    await expect.poll(health, { timeout: 5_000 }).toBe(0);
  });
});

describe('web pages', () => {
  it.each([
    ['a name that its owner points at loopback', { Host: 'evil.example' }],
    ['such a name with our port', { Host: 'evil.example:PORT' }],
    ['no port', { Host: '127.0.0.1' }],
    ['another origin', { Origin: 'https://evil.example' }],
    ['another port of loopback', { Origin: 'http://127.0.0.1:1' }],
    ['an opaque origin', { Origin: 'null' }],
    ['a cross-site request', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a same-site request', { 'Sec-Fetch-Site': 'same-site' }],
  ])('are refused: %s', async (_, headers) => {
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(store.port))]));
    for (const path of ['/', '/ping', '/health']) {
      const refused = await rawRequest(store, { path, headers: filled, body: 'SELECT 1' });
      expect(refused.status).toBe(403);
      expect(refused.text).not.toContain('Ok.');
      expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('may be of our own, and no CORS header is ever sent', async () => {
    const headers = { Host: `localhost:${store.port}`, Origin: `http://localhost:${store.port}`, 'Sec-Fetch-Site': 'same-origin' };
    const answered = await rawRequest(store, { headers, body: 'SELECT 1' });
    expect(answered.text).toBe('1\n');
    expect(Object.keys(answered.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect((await rawRequest(store, { method: 'OPTIONS', headers })).status).toBe(405);
    expect((await rawRequest(store, { headers: { Host: 'Tunnel.example:80' }, body: 'SELECT 1' })).text).toBe('1\n');
  });

  it('cannot use a form: a simple content type still needs the secret', async () => {
    const headers = { 'Content-Type': 'text/plain' };
    expect((await rawRequest(store, { headers, body: 'SELECT 1', isAuthorised: false })).status).toBe(401);
  });
});

describe('the secret', () => {
  it('that was deleted under a store is said to be, with what brings a new one', async () => {
    rmSync(store.secretFile);
    try {
      await expect(openStore({ dataDir: folder.path, entry: storeEntry, access: 'read' })).rejects.toThrow(
        /secret was deleted while the store runs.*the next start of the store makes a new one\.$/,
      );
    } finally {
      writeFileSync(store.secretFile, `${store.password}\n`, { mode: 0o600 });
    }
  });

  it('is its owner’s alone', () => {
    expect(statSync(store.secretFile).mode & 0o777).toBe(0o600);
    expect(store.password).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is asked for', async () => {
    const none = await rawRequest(store, { body: 'SELECT 1', isAuthorised: false });
    expect(none.status).toBe(401);
    expect(none.headers['x-clickhouse-exception-code']).toBe('194');
    const wrong = await rawRequest(store, { body: 'SELECT 1', headers: { 'X-ClickHouse-Key': 'x' } });
    expect(wrong.status).toBe(403);
    expect(wrong.text).toMatch(/^Code: 516\. DB::Exception: .*Authentication failed.*\(AUTHENTICATION_FAILED\)/);
  });

  it('opens by header, by basic authorisation and in the URL', async () => {
    const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const statusWith = async (headers: Record<string, string>, path = '/'): Promise<number> =>
      (await rawRequest(store, { body: 'SELECT 1', headers, path, isAuthorised: false })).status;
    expect(await statusWith({ Authorization: basic('default', store.password) })).toBe(200);
    expect(await statusWith({ Authorization: basic('serac', store.password) })).toBe(200);
    expect(await statusWith({ Authorization: basic('root', store.password) })).toBe(403);
    expect(await statusWith({ 'X-ClickHouse-Key': store.password })).toBe(200);
    expect(await statusWith({}, `/?user=default&password=${store.password}`)).toBe(200);
    expect(await statusWith({}, '/?user=default&password=')).toBe(403);
  });

  it('is the one that its file says: a client that reads it again when it is refused works on', async () => {
    const readPassword = (): string => readFileSync(store.secretFile, 'utf8').trim();
    const works = connectClickHouse({ ...address(), database: 'default', readPassword });
    const answers = async (): Promise<boolean> =>
      await works.command({ query: 'SELECT 1' }).then(
        () => true,
        () => false,
      );
    const statusWith = async (key: string): Promise<number> =>
      (await rawRequest(store, { body: 'SELECT 1', headers: { 'X-ClickHouse-Key': key } })).status;
    try {
      writeFileSync(store.secretFile, `${'a1'.repeat(32)}\n`);
      await expect.poll(() => statusWith('a1'.repeat(32)), { timeout: 2_000 }).toBe(200);
      expect(await statusWith(store.password), 'the old one opens nothing').toBe(403);
      await expect.poll(answers, { timeout: 2_000 }).toBe(true);
    } finally {
      writeFileSync(store.secretFile, `${store.password}\n`);
      await expect.poll(() => statusWith(store.password), { timeout: 2_000 }).toBe(200);
      await works.close();
    }
  });
});

function address(): { url: string; username: string; password: string } {
  return { url: store.url, username: store.username, password: store.password };
}

async function start(query: string): Promise<Readable> {
  const path = `/?query=${encodeURIComponent(query)}`;
  const sent = get({ host: '127.0.0.1', port: store.port, path, headers: { 'X-ClickHouse-Key': store.password }, agent: false });
  const [response] = (await once(sent, 'response')) as [Readable];
  return response;
}
