import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { endAll, serac, seracJson } from '../support/integration/serac.js';

const COMMANDS = ['run', 'demo', 'replay', 'candles', 'trades', 'feeds', 'simulate', 'store', 'verify', 'doctor', 'config'] as const;

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe('the command line', () => {
  it('explains each command', async () => {
    const { code, stdout } = await serac(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) {
      expect(stdout.toString()).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
      const help = await serac([command, '--help']);
      expect([help.code, help.stderr], command).toEqual([0, '']);
      expect(help.stdout.toString()).toMatch(new RegExp(`^Usage: serac ${command}`));
    }
    expect((await serac(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['nosuch'], /unknown command 'nosuch'/],
    [['candles', 'binance:BTC-USDT', '1m', '--nosuch'], /unknown option '--nosuch'/],
    [['candles'], /missing required argument/],
    [['candles', 'binance:BTC-USDT', '7m'], /"7m" is no interval/],
    [['candles', 'binance', '1m'], /EXCHANGE:SYMBOL/],
    [['candles', 'binance:BTC-USDT', '1m', '--format', 'xml'], /--format "xml"/],
    [['candles', 'binance:BTC-USDT', '1m', '--from', 'yesterday'], /--from "yesterday" is no time/],
    [['demo', '--seconds', '0'], /--seconds "0"/],
    [['demo', '--port', '65536'], /--port "65536"/],
    [['run', '--port', 'x'], /api\.port/],
    [['simulate', '--venue', 'nosuch'], /"nosuch" cannot be simulated/],
    [['config', 'nosuch'], /unknown command 'nosuch'/],
  ])('ends with code 2 where the call is wrong: %j', async (args, sentence) => {
    const { code, stdout, stderr } = await serac(args, { cwd: folder.path });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('    at ');
    expect(stdout.toString()).toBe('');
    expect(code).toBe(2);
  });

  it('says so where there is no data folder', async () => {
    for (const args of [['candles', 'binance:BTC-USDT', '1m'], ['trades', 'binance:BTC-USDT'], ['verify'], ['feeds']]) {
      const { code, stderr } = await serac([...args, '--data', folder.at('nothing-here')]);
      expect([code, stderr], args[0]).toEqual([1, expect.stringContaining('nothing-here')]);
      expect(stderr).not.toContain('    at ');
    }
  });
});

describe('serac config', () => {
  it('accepts what is right, with defaults for the rest', async () => {
    const file = write('feeds: [binance:BTC-USDT]\napi: {port: 9000}\nrecording: {batchAgeMs: 100}\n');
    const { config } = await seracJson<{ config: Record<string, unknown> }>(['config', 'check', '-c', file, '--json']);
    expect(config).toMatchObject({
      feeds: [{ market: 'binance:BTC-USDT' }],
      api: { port: 9_000, host: '127.0.0.1' },
      recording: { batchAgeMs: 100 },
    });
    const empty = await serac(['config', 'check', '-c', write('')]);
    expect([empty.code, empty.stderr]).toEqual([0, '']);
  });

  it.each([
    ['feeds: [BTC]', /feeds\.0\b/],
    ['feeds: []', /feeds /],
    ['api: {port: 70000}', /api\.port /],
    ['api: {port: "x"}', /api\.port /],
    ['api: {prot: 8080}', /api .*prot/],
    ['nosuch: 1', /nosuch/],
    ['recording: {batchAgeMs: -1}', /recording\.batchAgeMs /],
    ['venues: {binance: {ws: ["http://x"]}}', /venues\.binance\.ws\.0 /],
    ['clickhouse: {database: "a; DROP"}', /clickhouse\.database /],
    ['log: {level: loud}', /log\.level /],
    ['- a\n- b', /is not a mapping/],
    ['feeds: [', /cannot be read/],
    ['data: ""', /data /],
  ])('names the wrong place: %s', async (text, sentence) => {
    const file = write(text);
    const { code, stdout, stderr } = await serac(['config', 'check', '-c', file]);
    expect(stderr).toContain(file);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('    at ');
    expect(stdout.toString()).toBe('');
    expect(code).toBe(2);
  });

  it('lets the environment overrule the file, and says what is wrong with it', async () => {
    const file = write('api: {port: 9000}\n');
    const env = { SERAC_API_PORT: '9001', SERAC_FEEDS: 'binance:ETH-USDT, binance:SOL-USDT', SERAC_CLICKHOUSE_FSYNC_AFTER_INSERT: 'true' };
    const { config } = await seracJson<{ config: unknown }>(['config', 'check', '-c', file, '--json'], { env });
    expect(config).toMatchObject({
      ...{
        api: { port: 9_001 },
        feeds: [{ market: 'binance:ETH-USDT' }, { market: 'binance:SOL-USDT' }],
        clickhouse: { fsyncAfterInsert: true },
      },
    });
    const wrong = await serac(['config', 'check', '-c', file], { env: { SERAC_API_PORT: 'many' } });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/api\.port /)]);
  });

  it('finds serac.yaml where it is called', async () => {
    writeFileSync(folder.at('serac.yaml'), 'api: {port: 9123}\n');
    const { config } = await seracJson<{ config: unknown }>(['config', 'check', '--json'], { cwd: folder.path });
    expect(config).toMatchObject({ api: { port: 9_123 } });
  });

  it('prints its schema', async () => {
    const { code, stdout } = await serac(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject({ type: 'object', properties: { feeds: { type: 'array' } } });
  });
});

function write(text: string): string {
  const file = folder.at('checked.yaml');
  writeFileSync(file, text);
  return file;
}
