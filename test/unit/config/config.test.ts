import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import { PRESSURE_DEFAULTS } from '../../../src/machines/pressure/pressure-types.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serac-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(yaml: string, environment: NodeJS.ProcessEnv = {}) {
  const path = join(folder, 'serac.yaml');
  writeFileSync(path, yaml);
  return loadConfig(path, environment);
}

describe('feeds in the configuration', () => {
  it('are of tier 2 where nothing else is said, and have one shape however they are written', () => {
    const { feeds } = load(`
feeds:
  - binance:BTC-USDT
  - {market: binance:ETH-USDT, tier: 1}
  - {market: binance:SOL-USDT}
  - market: binance:XRP-USDT
    tier: 3
`);
    expect(feeds).toEqual([
      { market: 'binance:BTC-USDT', tier: 2 },
      { market: 'binance:ETH-USDT', tier: 1 },
      { market: 'binance:SOL-USDT', tier: 2 },
      { market: 'binance:XRP-USDT', tier: 3 },
    ]);
  });

  it('have their tier when none is named at all', () => {
    expect(load('{}').feeds.map(({ tier }) => tier)).toEqual([2, 2]);
  });

  it('are names in the environment', () => {
    expect(load('feeds: [binance:BTC-USDT]', { SERAC_FEEDS: 'binance:SOL-USDT, binance:XRP-USDT' }).feeds).toEqual([
      { market: 'binance:SOL-USDT', tier: 2 },
      { market: 'binance:XRP-USDT', tier: 2 },
    ]);
  });

  it.each([
    ['feeds: [BTC]', /feeds\.0\.market must match/],
    ['feeds: [{market: binance:BTC-USDT, tier: 4}]', /feeds\.0\.tier must be <= 3/],
    ['feeds: [{market: binance:BTC-USDT, teir: 1}]', /feeds\.0 must not have additional properties \(teir; did you mean tier\?\)/],
    ['feeds: [{tier: 1}]', /feeds\.0 must have required properties market/],
    ['feeds: [binance:BTC-USDT, {market: binance:BTC-USDT, tier: 1}]', /names binance:BTC-USDT more than once/],
    ['feeds: []', /feeds must not have fewer than 1 items/],
  ])('are refused with the place that is wrong: %s', (yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });
});

describe('pressure in the configuration', () => {
  it('is what the machine takes for its defaults', () => {
    const { sampleEveryMs, ...options } = load('{}').pressure;
    expect(sampleEveryMs).toBe(1_000);
    expect(options).toEqual(PRESSURE_DEFAULTS);
  });

  it('has a variable for each trigger', () => {
    const { triggers } = load('pressure: {triggers: {bufferFill: {soft: 0.3}}}', {
      SERAC_PRESSURE_TRIGGERS_EVENT_LOOP_DELAY_P99_MS_GRACEFUL: '400',
    }).pressure;
    expect(triggers.bufferFill).toEqual({ ...PRESSURE_DEFAULTS.triggers.bufferFill, soft: 0.3 });
    expect(triggers.eventLoopDelayP99Ms.graceful).toBe(400);
  });

  it('is refused where a higher level would begin at a lower value', () => {
    expect(() => load('pressure: {triggers: {bufferFill: {soft: 0.8}}}')).toThrow(/pressure\.triggers\.bufferFill must rise/);
    expect(() => load('pressure: {triggers: {bufferFill: {soft: 0}}}')).toThrow(/bufferFill\.soft must be > 0/);
  });
});

describe('what the daemon would refuse', () => {
  it('does not show a proxy or a server that is no address: it may hold a password', () => {
    for (const settings of ['venues: { binance: { proxy: "http://user:hidden@[" } }', 'clickhouse: { url: "http://user:hidden@[" }']) {
      expect(() => load(settings, {})).toThrow(/is not an address/);
      expect(() => load(settings, {})).not.toThrow(/hidden/);
    }
  });

  it.each([
    ['feeds: [nosuch:BTC-USDT]', /feeds: Unknown venue "nosuch": choose one of binance, coinbase, kraken/],
    ['feeds: [binance:BTCUSDT]', /feeds: Invalid market "binance:BTCUSDT"/],
    ['feeds: [kraken:XBT-USD]', /feeds: use the canonical name kraken:BTC-USD in place of kraken:XBT-USD/],
    ['venues: {binanse: {}}', /venues: unknown venue "binanse": .*did you mean binance\?/],
    ['clickhouse: {url: "http://"}', /clickhouse\.url is not an address/],
    ['recording: {allowedLatenessMs: 5000, maxSkewMs: 5000}', /allowedLatenessMs \(5000\) must be below recording\.maxSkewMs/],
    ['log: {level: loud}', /log\.level must be one of trace, debug, info, warn, error/],
    ['api: {prot: 1}', /api must not have additional properties \(prot; did you mean port\?\)/],
  ])('is refused when it is read: %s', (yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });
});

describe('a variable', () => {
  it('that stands for nothing is an error, and the one that was meant is named', () => {
    expect(() => load('{}', { SERAC_API_PROT: '1' })).toThrow(/unknown variable SERAC_API_PROT; did you mean SERAC_API_PORT\?/);
    expect(() => load('{}', { SERAC_ENTIRELY_OTHER_THING: '1' })).toThrow(/unknown variable SERAC_ENTIRELY_OTHER_THING\./);
    expect(() =>
      load('{}', { SERAC_SERVICE_HOST: '10.0.0.1', SERAC_SERVICE_PORT: '80', SERAC_PORT_80_TCP_ADDR: '10.0.0.1' }),
    ).not.toThrow();
    expect(() => load('{}', { SERAC_API_KEYS: 'k', SERAC_CLICKHOUSE_PASSWORD: 'p', SERAC_VENUES_BINANCE_API_KEY: 'k' })).not.toThrow();
  });

  it('whose value is wrong is named', () => {
    expect(() => load('{}', { SERAC_API_PORT: 'many' })).toThrow(/api\.port \(SERAC_API_PORT\) must be integer/);
    expect(() => load('{}', { SERAC_FEEDS: 'BTC' })).toThrow(/feeds\.0\.market \(SERAC_FEEDS\) must match .*EXCHANGE:SYMBOL/);
    expect(() => load('{}', { SERAC_FEEDS: 'foo:BTC-USDT' })).toThrow(/feeds \(SERAC_FEEDS\): .*foo/);
    expect(() => load('{}', { SERAC_RECORDING_MAX_SKEW_MS: '1000' })).toThrow(/below recording\.maxSkewMs \(SERAC_RECORDING_MAX_SKEW_MS\)/);
    expect(() => load('{}', { SERAC_PRESSURE_TRIGGERS_EVENT_LOOP_DELAY_P99_MS_SOFT: '900000' })).toThrow(
      /pressure\.triggers\.eventLoopDelayP99Ms \(SERAC_PRESSURE_TRIGGERS_EVENT_LOOP_DELAY_P99_MS_SOFT\) must rise/,
    );
  });
});
