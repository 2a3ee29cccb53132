import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import { assertMayRun, assertPortFree } from '../../../src/daemon/preflight.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serac-preflight-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const check = (settings: object, environment: NodeJS.ProcessEnv = {}): void =>
  assertMayRun(
    loadConfig(null, environment, { ...('SERAC_DATA' in environment ? {} : { data: join(folder, 'data') }), ...settings }),
    environment,
  );

describe('before a daemon is started', () => {
  it('all that would keep it from running is said at once', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => check({})).not.toThrow();
    expect(() => check({ api: { host: '0.0.0.0' } })).toThrow(/would be open to other machines/);
    expect(() => check({ api: { keysFile: join(folder, 'none') } })).toThrow(/api\.keysFile: cannot read .*none: there is no such file/);
    expect(() => check({ clickhouse: { passwordFile: folder } })).toThrow(/clickhouse\.passwordFile: .*cannot read .*: it is a folder/);
    expect(() => check({ data: join(folder, 'file', 'inside') })).toThrow(/is a file/);
    expect(() => check({ data: folder })).toThrow(
      /is not empty \(file\) and not a data folder of Serac: choose an empty or a new folder with data in the configuration or --data/,
    );
    expect(() => check({ data: folder, api: { host: '0.0.0.0' } })).toThrow(/would be open to other machines.* not a data folder/);
  });

  it('how each venue is reached is looked at, too', () => {
    expect(() => check({}, { SERAC_VENUES_BINANCE_PROXY: 'notaurl' })).toThrow(
      'venues.binance.proxy (SERAC_VENUES_BINANCE_PROXY) is not a URL such as http://proxy:3128.',
    );
    expect(() => check({}, { SERAC_VENUES_KRAKEN_API_KEY: 'two words' })).toThrow(/SERAC_VENUES_KRAKEN_API_KEY does not hold a key/);
    expect(() => check({ venues: { binance: { apiKeyFile: join(folder, 'none') } } })).toThrow(/venues\.binance\.apiKeyFile names .*none/);
  });

  it('a variable that is wrong is named', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => check({}, { SERAC_API_HOST: '0.0.0.0' })).toThrow(/api\.host \(SERAC_API_HOST\): The API would be open to other machines/);
    expect(() => check({}, { SERAC_API_KEYS_FILE: '/none' })).toThrow(/api\.keysFile \(SERAC_API_KEYS_FILE\): cannot read \/none/);
    expect(() => check({}, { SERAC_API_KEYS: 'two words' })).toThrow(/SERAC_API_KEYS: An API key/);
    expect(() => check({}, { SERAC_CLICKHOUSE_PASSWORD_FILE: '/none' })).toThrow(
      /clickhouse\.passwordFile \(SERAC_CLICKHOUSE_PASSWORD_FILE\): cannot read \/none/,
    );
    expect(() => check({}, { SERAC_DATA: folder })).toThrow(/data \(SERAC_DATA\): .* not a data folder of Serac/);
    // What a flag says is not the variable's.
    expect(() => check({ api: { host: '0.0.0.0' } }, { SERAC_API_HOST: '127.0.0.1' })).toThrow(/api\.host: The API/);
  });

  it('a port that is taken is refused', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(assertPortFree({ host: '127.0.0.1', port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    await new Promise((resolve) => other.close(resolve));
    await expect(assertPortFree({ host: '127.0.0.1', port })).resolves.toBeUndefined();
    await expect(assertPortFree({ host: '192.0.2.1', port })).rejects.toThrow(/this machine has no such address/);
  });
});
