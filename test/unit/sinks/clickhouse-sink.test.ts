import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import { ClickHouseSink } from '../../../src/sinks/clickhouse-sink.js';
import { connectClickHouse } from '../../../src/store/connect-clickhouse.js';
import { select } from '../../../src/store/queries/select.js';
import { PASSING_CODES } from '../../support/passing-codes.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const BATCH = jsonBatch('checkpoints', [{ exchange: 'binance', symbol: 'BTC-USDT' }]);
const REFUSED = { code: 'store.refused', retryable: false };
const PASSES = { code: 'store.unavailable', retryable: true };

let server: Server;
let client: ClickHouseClient;
let sink: ClickHouseSink;
let answer: Answer;
/** The password of each request, oldest first. */
let passwords: string[];
/** What the file with the password says. */
let password: string;

beforeEach(async () => {
  [passwords, password, answer] = [[], 'first', taken];
  server = createServer((request, response) => {
    passwords.push(Buffer.from(request.headers.authorization!.slice('Basic '.length), 'base64').toString().slice('default:'.length));
    request.resume().once('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = connectClickHouse({ url, password, readPassword: () => password });
  sink = new ClickHouseSink(client);
});

afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

/** The head of an answer of ClickHouse to an insert of so many rows. */
const head = (writtenRows: number) => ({
  'X-ClickHouse-Query-Id': 'q',
  'X-ClickHouse-Summary': JSON.stringify({ read_rows: String(writtenRows), written_rows: String(writtenRows) }),
});

const taken: Answer = (_request, response) => void response.writeHead(200, head(1)).end();

/** An answer of ClickHouse: a code, its name and a sentence. */
const says =
  (code: number | string, name = 'NAME', sentence = 'It said so'): Answer =>
  (_request, response) =>
    void response
      .writeHead(500, { 'X-ClickHouse-Exception-Code': code, 'X-ClickHouse-Query-Id': 'q' })
      .end(`Code: ${code}. DB::Exception: ${sentence}. (${name}) (version 26.7.1.1)\n`);

describe('what ClickHouse answers to a batch', () => {
  it.each(Object.entries(PASSING_CODES))('%s (%s) is not about the data: the batch is tried again', async (code, name) => {
    answer = says(code, name, 'While executing MergeTreeSink');
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
    await expect(sink.write(BATCH)).rejects.toThrow(new RegExp(`While executing MergeTreeSink.*\\(code ${code}, ${name}\\)`));
  });

  it.each([6, 26, 27, 38, 41, 53, 69, 70, 72, 130, 321, 349, 407, 469, 691])(
    '%i names a value of the batch: it is refused',
    async (code) => {
      answer = says(code);
      await expect(sink.write(BATCH), 'one word may be about bytes that were damaged on their way').rejects.toMatchObject(PASSES);
      await expect(sink.write(BATCH)).rejects.toMatchObject(REFUSED);
    },
  );

  it('is a refusal only where it is said of the same batch again, with nothing else in between', async () => {
    for (const said of [says(6), says(203), says(6), taken, says(6)]) {
      answer = said;
      await sink.write(BATCH).catch((error: unknown) => expect(error).toMatchObject(PASSES));
    }
  });

  it.each([
    [33, 'Cannot read all data. Bytes read: 816. Bytes expected: 1024.: While executing ArrowBlockInputFormat'],
    [117, 'The Arrow stream is empty: While executing ArrowBlockInputFormat'],
    [26, 'Cannot parse quoted string: expected closing quote at end of stream: While executing ParallelParsingBlockInputFormat'],
    [27, "Cannot parse input: expected '\"' at end of stream: (at row 1): While executing ParallelParsingBlockInputFormat"],
  ])('%i may be said of bytes that were cut on their way: it is believed after ten tries', async (code, sentence) => {
    answer = says(code, 'NAME', sentence);
    for (let at = 1; at < 10; at++) await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
    await expect(sink.write(BATCH)).rejects.toMatchObject(REFUSED);
  });

  it.each([32, 33, 40, 117])('%i is about the batch where the store was reading it, and about its disk where not', async (code) => {
    answer = says(code, 'NAME', 'Cannot read all data: While executing ParallelParsingBlockInputFormat');
    for (let at = 1; at < 10; at++) await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
    await expect(sink.write(BATCH)).rejects.toMatchObject(REFUSED);
    answer = says(code, 'NAME', 'Cannot read all data: (in file data.bin of part all_1_1_0): While executing MergeTreeSink');
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
  });

  it.each([32, 33, 40, 117])('%i is about a batch whose bytes are not those that were encoded', async (code) => {
    const damaged = { ...BATCH, bytes: Uint8Array.from(BATCH.bytes, (byte, at) => (at === 7 ? byte ^ 1 : byte)) };
    answer = says(code, 'NAME', 'Cannot read all data');
    await expect(sink.write(damaged)).rejects.toMatchObject(PASSES);
    await expect(sink.write(damaged)).rejects.toMatchObject(REFUSED);
  });
});

describe('an answer with status 200', () => {
  it.each<[string, Answer]>([
    [
      'that tells of a failure after its head',
      (_request, response) => void response.writeHead(200, head(1)).end('Code: 241. DB::Exception: Memory limit'),
    ],
    [
      'of which the end is missing',
      (_request, response) => void response.writeHead(200, { ...head(1), 'Content-Length': 9 }).write('x', () => response.destroy()),
    ],
    ['that counts fewer rows than were sent', (_request, response) => void response.writeHead(200, head(0)).end()],
    ['that counts none', (_request, response) => void response.writeHead(200, { 'X-ClickHouse-Query-Id': 'q' }).end()],
    ['whose body does not end', (_request, response) => void response.writeHead(200, head(1)).write('x'.repeat(1_000_000))],
  ])('%s acknowledges nothing', async (_what, said) => {
    answer = said;
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
  });

  it.each([202, 204, 206])('is not one with status %i', async (status) => {
    answer = (_request, response) => void response.writeHead(status, head(1)).end();
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
  });

  it('may count rows of views, too', async () => {
    answer = (_request, response) => void response.writeHead(200, head(3)).end();
    await sink.write(BATCH);
  });
});

describe('an answer that does not end', () => {
  const drips: Answer = (_request, response) => {
    response.writeHead(200, head(1));
    const drip = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(drip));
  };

  it.each<[string, Answer]>([
    ['does not begin', () => undefined],
    ['drips', drips],
  ])('is given up where it %s: its connection is closed, and the batch is tried again', async (_what, said) => {
    answer = said;
    const impatient = new ClickHouseSink(client, undefined, 200);
    await expect(impatient.write(BATCH)).rejects.toMatchObject({ ...PASSES, message: expect.stringContaining('within 0.2 s') as string });
    await expect.poll(() => connections()).toBe(0);
    answer = taken;
    await impatient.write(BATCH);
  });

  it.each<[string, number, string, Record<string, string>]>([
    ['an error', 500, 'x', { 'X-ClickHouse-Exception-Code': '241' }],
    ['an error with status 200', 200, 'x\n', { 'X-ClickHouse-Exception-Code': '241' }],
    ['a line', 200, 'x', {}],
    ['a line of what it says is Arrow', 200, 'x', { 'X-ClickHouse-Format': 'ArrowStream' }],
    ['an answer of lines', 200, `{"a":"${'b'.repeat(1_000)}"}\n`, {}],
  ])('takes bounded memory: %s', async (_what, status, text, headers) => {
    let sent = 0;
    answer = (_request, response) => {
      response.writeHead(status, { 'X-ClickHouse-Query-Id': 'q', ...headers });
      const piece = Buffer.from(text.repeat(Math.ceil(1_048_576 / text.length)));
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
        sent += piece.length;
      };
      response.on('drain', more);
      more();
    };
    if (status === 500) await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
    await expect(select(client, 'SELECT 1', {})).rejects.toMatchObject(PASSES);
    expect(sent).toBeLessThan(400 * 1_048_576);
    await expect.poll(() => connections()).toBe(0);
  });

  it('is given up after the time that its statement may take', async () => {
    answer = drips;
    const { port } = server.address() as AddressInfo;
    const impatient = connectClickHouse({ url: `http://127.0.0.1:${port}` }, { connections: 2, statementMaxMs: 200, settings: {} });
    await expect(select(impatient, 'SELECT 1', {})).rejects.toMatchObject({ message: expect.stringContaining('within 0.2 s') as string });
    answer = () => undefined;
    await expect(impatient.command({ query: 'SELECT 1' })).rejects.toThrow('within 0.2 s');
    await impatient.close();
  });

  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))));
});

describe('an answer that is not of ClickHouse', () => {
  it.each([200, 401, 403, 404, 413, 500, 502])('%i with a page is tried again, and acknowledges nothing', async (status) => {
    answer = (_request, response) => void response.writeHead(status, { 'Content-Type': 'text/html' }).end('<h1>It works!</h1>');
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
    await expect(select(client, 'SELECT 1', {})).rejects.toMatchObject(PASSES);
  });

  it.each<[string, Answer]>([
    ['is cut off', (request) => void request.socket.destroy()],
    ['is no HTTP', (request) => void request.socket.end('\0\0\0')],
    ['is empty', (_request, response) => void response.writeHead(500).end()],
  ])('is tried again where it %s', async (_what, broken) => {
    answer = broken;
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
  });
});

describe('credentials that change', () => {
  const asks: Answer = (request, response) => {
    if (passwords.at(-1) === 'second') taken(request, response);
    else says(516, 'AUTHENTICATION_FAILED')(request, response);
  };

  it('are read again when the server refuses them, by writers', async () => {
    answer = asks;
    password = 'second';
    await expect(sink.write(BATCH)).rejects.toMatchObject(PASSES);
    await sink.write(BATCH);
    expect(passwords).toEqual(['first', 'second']);
  });

  it('are read again when the server refuses them, by readers, who need not ask twice', async () => {
    answer = asks;
    password = 'second';
    expect(await select(client, 'SELECT 1', {})).toEqual([]);
    expect(passwords).toEqual(['first', 'second']);
  });

  it('are not read at each request while they go on being refused', async () => {
    answer = says(516, 'AUTHENTICATION_FAILED');
    let reads = 0;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const counting = connectClickHouse({ url, readPassword: () => `wrong ${(reads += 1)}` });
    for (let at = 0; at < 20; at++) await expect(counting.command({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    await counting.close();
    expect(reads).toBeLessThan(5);
  });
});
