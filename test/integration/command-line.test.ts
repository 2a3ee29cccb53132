import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { endAll, serac, seracJson } from '../support/integration/serac.js';

/** In the order in which a user meets them. */
const COMMANDS = [
  ...([
    'demo',
    'run',
    'doctor',
    'config',
    'candles',
    'trades',
    'gaps',
    'feeds',
    'sinks',
    'verify',
    'backfill',
    'record',
    'replay',
  ] as const),
  ...(['simulate', 'store'] as const),
];

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
      if (command !== 'config') expect(help.stdout.toString()).toMatch(new RegExp(`Examples:\n  # .+\n  \\$ serac ${command}`));
      for (const line of help.stdout.toString().split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    }
    const listed = stdout
      .toString()
      .split('\n')
      .map((line) => /^ {2}([a-z]+)/.exec(line)?.[1]);
    expect(listed.filter((name) => name !== undefined)).toEqual([...COMMANDS, 'help']);
    for (const flag of ['--version', '-v']) expect((await serac([flag])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['nosuch'], /unknown command 'nosuch'/],
    [['candles', 'binance:BTC-USDT', '1m', '--nosuch'], /unknown option '--nosuch'/],
    [['candles'], /missing required argument/],
    [['candles', 'binance:BTC-USDT', '7m'], /"7m" is not an interval/],
    [['candles', 'binance', '1m'], /EXCHANGE:SYMBOL/],
    [['candles', 'binance:BTC-USDT', '1m', '--format', 'xml'], /--format "xml"/],
    [['candles', 'binance:BTC-USDT', '1m', '--from', 'yesterday'], /--from "yesterday" is not a time/],
    [['demo', '--seconds', '0'], /--seconds "0"/],
    [['demo', '--port', '65536'], /--port "65536"/],
    [['run', '--port', 'x'], /--port "x"/],
    [['simulate', '--venue', 'nosuch'], /"nosuch" cannot be simulated/],
    [['config', 'nosuch'], /unknown command 'nosuch'/],
    [['constructor'], /unknown command 'constructor'/],
    [['candles', 'nosuch:BTC-USDT', '1m'], /Unknown venue "nosuch": choose one of binance/],
    [['trades', 'binance:BTC-USDT', '--from', '2026-11-02', '--to', '2026-11-01'], /--to 2026-11-01 must be after --from 2026-11-02/],
    [['gaps', '--format', 'arrow'], /--format "arrow": choose one of table, json, csv/],
    [['sinks', '--format', 'csv'], /--format "csv": choose one of table, json/],
  ])('ends with code 2 where the call is wrong: %j', async (args, sentence) => {
    const { code, stdout, stderr } = await serac(args, { cwd: folder.path });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('    at ');
    expect(stdout.toString()).toBe('');
    expect(code).toBe(2);
  });

  it('answers with one JSON document where it fails', async () => {
    const calls = [
      [['candles', 'binance:BTC-USDT', '--json'], 'usage'],
      [['candles', 'binance:BTC-USDT', '1m', '--format', 'json', '--data', 'nothing-here'], 'input.unreadable'],
      [['trades', 'binance:BTC-USDT', '--json', '--data', 'nothing-here'], 'input.unreadable'],
      [['gaps', '--json', '--data', 'nothing-here'], 'input.unreadable'],
      [['feeds', '--json', '--data', 'nothing-here'], 'input.unreadable'],
      [['sinks', '--json', '--data', 'nothing-here'], 'input.unreadable'],
      [['sinks', '--json', '--api', 'http://127.0.0.1:1'], 'not_found'],
      [['verify', '--json', '--data', 'nothing-here'], 'input.unreadable'],
      [['demo', '--json', '--rate', 'many'], 'usage'],
      [['replay', 'nothing-here', '--venue', 'binance', '--json'], 'input.unreadable'],
      [['backfill', 'binance:BTC-USDT', '--json', '--from', '2026-11-01', '--to', 'x'], 'usage'],
      [['config', 'check', '--json', '-c', 'nothing-here'], 'config.invalid'],
      [['simulate', '--json', '--venue', 'nosuch'], 'usage'],
      [['record', 'binance:BTC-USDT', '--json', '--out', '.', '--seconds', '1'], 'input.unreadable'],
      [['store', '--json', '--port', 'x'], 'usage'],
    ] as const;
    await Promise.all(
      calls.map(async ([args, code]) => {
        const ended = await serac(args, { cwd: folder.path });
        const document: unknown = JSON.parse(ended.stdout.toString());
        expect(document, ended.stderr).toEqual({ ok: false, error: { code, message: expect.any(String) as string } });
        expect(ended.stderr).not.toContain('    at ');
        expect(ended.code, args.join(' ')).toBeGreaterThan(0);
      }),
    );
  });

  it('says so where the output cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, ['bin/serac.js', 'config', 'schema'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    expect([status, stderr.toString()]).toEqual([1, 'serac: Cannot write the output: no space is left.\n']);
  });

  it.each([24, 40, 48, 64, 100])('says so where only %i files may be open', async (limit) => {
    const wrapper = ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'];
    for (const args of [['demo', '--seconds', '1', '--json'], ['run']]) {
      const { code, stdout, stderr } = await serac(args, { cwd: folder.path, wrapper });
      expect([code, stderr], args[0]).toEqual([1, expect.stringMatching(/^serac: .*ulimit -n 4096/) as string]);
      expect(stderr).not.toContain('    at ');
      if (args.includes('--json'))
        expect(JSON.parse(stdout.toString())).toEqual({
          ok: false,
          error: { code: expect.any(String) as string, message: expect.stringContaining('ulimit -n 4096') as string },
        });
    }
  });

  it('says so where there is no data folder', async () => {
    for (const args of [['candles', 'binance:BTC-USDT', '1m'], ['trades', 'binance:BTC-USDT'], ['verify'], ['feeds'], ['sinks']]) {
      const { code, stderr } = await serac([...args, '--data', folder.at('nothing-here')]);
      expect([code, stderr], args[0]).toEqual([1, expect.stringContaining('nothing-here')]);
      expect(stderr).not.toContain('    at ');
    }
  });
});

describe('serac config', () => {
  it('prints no credentials', async () => {
    const file = write(
      "clickhouse: {url: 'http://u:pass1@127.0.0.1:8123'}\nvenues: {binance: {proxy: 'http://v:pass2@proxy:3128', rest: ['https://h']}}\n",
    );
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await serac(['config', 'check', '-c', file, ...json], { cwd: folder.path });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.toString()).not.toMatch(/pass1|pass2/);
      expect(stdout.toString()).toContain('http://[secret]@proxy:3128');
    }
  });

  it.each([
    ['data: /proc/x\n', /data: Cannot create the data folder \/proc\/x/],
    ['clickhouse: {database: system}\n', /clickhouse\.database: system is ClickHouse's own/],
    ['clickhouse: {database: INFORMATION_SCHEMA}\n', /clickhouse\.database: INFORMATION_SCHEMA is ClickHouse's own/],
    ['a: 1\n---\nb: 2\n', /a second document begins at line \d \(---\): write one/],
    ["data: !!js/function 'x'\n", /line 1 has a tag \(!\) that is not one of YAML's own/],
  ])('refuses %j in a sentence of its own', async (text, sentence) => {
    const { code, stderr } = await serac(['config', 'check', '-c', write(text)], { cwd: folder.path });
    expect([code, stderr]).toEqual([2, expect.stringMatching(sentence) as string]);
    expect(stderr).not.toMatch(/parseAllDocuments|Warning/);
  });

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
    ['feeds: [', /Cannot read/],
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
