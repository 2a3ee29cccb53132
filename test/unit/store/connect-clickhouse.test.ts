import { afterEach, expect, it, vi } from 'vitest';
import { connectClickHouse, withCredentials } from '../../../src/store/connect-clickhouse.js';

afterEach(() => void vi.restoreAllMocks());

it('takes user and password from the URL, without a word of the client', async () => {
  const said = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')];
  const address = { url: 'http://u:p%40ss@127.0.0.1:8123/', username: 'default', password: '' };
  expect(withCredentials(address)).toEqual({ url: 'http://127.0.0.1:8123/', username: 'u', password: 'p@ss' });
  expect(withCredentials({ url: 'https://host:8443' })).toMatchObject({ url: 'https://host:8443/', username: 'default', password: '' });
  await connectClickHouse(address).close();
  for (const spy of said) expect(spy).not.toHaveBeenCalled();
});
