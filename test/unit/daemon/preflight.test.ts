import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.js';
import { assertMayRun, assertPortFree } from '../../../src/daemon/preflight.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serac-preflight-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const check = (settings: object): void => assertMayRun(loadConfig(null, {}, { data: join(folder, 'data'), ...settings }), {});

describe('before a daemon is started', () => {
  it('all that would keep it from running is said at once', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => check({})).not.toThrow();
    expect(() => check({ api: { host: '0.0.0.0' } })).toThrow(/would be open to others/);
    expect(() => check({ api: { keysFile: join(folder, 'none') } })).toThrow(/api\.keysFile: .*none cannot be read: there is no such file/);
    expect(() => check({ clickhouse: { passwordFile: folder } })).toThrow(/clickhouse\.passwordFile: .* cannot be read: it is a folder/);
    expect(() => check({ data: join(folder, 'file', 'inside') })).toThrow(/is a file/);
    expect(() => check({ data: folder })).toThrow(/is not a data folder of Serac/);
    expect(() => check({ data: folder, api: { host: '0.0.0.0' } })).toThrow(/would be open to others.* is not a data folder/);
  });

  it('a port that is taken is refused', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(assertPortFree({ host: '127.0.0.1', port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken`);
    await new Promise((resolve) => other.close(resolve));
    await expect(assertPortFree({ host: '127.0.0.1', port })).resolves.toBeUndefined();
    await expect(assertPortFree({ host: '192.0.2.1', port })).rejects.toThrow(/this machine has no such address/);
  });
});
