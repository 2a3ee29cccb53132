import { createServer } from 'node:net';
import { once } from 'node:events';
import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { messageOf, SeracError } from '../../src/errors.js';

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe('the sentence of an error', () => {
  it('names why a fetch failed', async () => {
    const port = await freePort();
    const error: unknown = await fetch(`http://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown);
    expect(messageOf(error)).toBe(`fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it('names each of the addresses that failed, where the error itself has no words', () => {
    const parts = [new Error('connect ECONNREFUSED ::1:80'), new Error('connect ECONNREFUSED 127.0.0.1:80')];
    const error = new TypeError('fetch failed', { cause: new AggregateError(parts, '') });
    expect(messageOf(error)).toBe('fetch failed: connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80');
    expect(messageOf(new AggregateError([], ''))).toBe('AggregateError');
  });

  it('says nothing twice: a message may quote its cause', () => {
    const cause = new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND nowhere.test') });
    const quoting = new SeracError('venue.unavailable', `binance did not answer: ${cause.message}`, { cause });
    expect(messageOf(quoting)).toBe('binance did not answer: fetch failed: getaddrinfo ENOTFOUND nowhere.test');
    expect(messageOf(new SeracError('venue.unavailable', `binance did not answer: ${messageOf(cause)}`, { cause }))).toBe(
      messageOf(quoting),
    );
  });

  it('has the number and the name of an error of ClickHouse', () => {
    const error = new ClickHouseError({ message: 'Table serac.trades does not exist.', code: '60', type: 'UNKNOWN_TABLE' });
    expect(messageOf(error)).toBe('Table serac.trades does not exist. (code 60, UNKNOWN_TABLE)');
  });

  it('has no full stop before what comes after it', () => {
    expect(messageOf(new SeracError('stopping', 'The read was cancelled.', { cause: new Error('The user aborted a request.') }))).toBe(
      'The read was cancelled: The user aborted a request.',
    );
  });

  it('ends where causes go round', () => {
    const error = new Error('one');
    error.cause = new Error('two', { cause: error });
    expect(messageOf(error)).toBe('one: two');
    expect(messageOf('a word')).toBe('a word');
  });
});
