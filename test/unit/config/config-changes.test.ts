import { describe, expect, it } from 'vitest';
import { fixedSettingsThatDiffer, loadConfig } from '../../../src/config/load-config.js';

const read = (overrides: object) => loadConfig(null, {}, overrides);

describe('a configuration that is read again', () => {
  it('names what a running daemon cannot change, and not its feeds', () => {
    const running = read({ venues: { binance: { ws: ['ws://a'] } } });
    const changed = read({
      ...{ feeds: ['kraken:BTC-USD'], data: './elsewhere', api: { port: 1, allowedHosts: ['a'] } },
      ...{ venues: { kraken: { rest: ['http://b'] } }, clickhouse: { url: 'http://c' } },
    });
    expect(fixedSettingsThatDiffer(running, changed)).toEqual([
      ...['api.allowedHosts', 'api.port', 'clickhouse.url', 'data', 'venues.binance', 'venues.kraken'],
    ]);
    expect(fixedSettingsThatDiffer(running, read({ feeds: ['binance:A-B'], venues: { binance: { ws: ['ws://a'] } } }))).toEqual([]);
  });
});
