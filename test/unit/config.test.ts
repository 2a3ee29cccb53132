import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { PRESSURE_DEFAULTS } from '../../src/machines/pressure/pressure-types.js';

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
    ['feeds: [{market: binance:BTC-USDT, teir: 1}]', /feeds\.0 must not have additional properties \(teir\)/],
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
