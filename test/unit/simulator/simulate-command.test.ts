import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { simulateCommand } from '../../../src/cli/simulate.js';

/** The command alone, in a process of its own. */
const SCRIPT = `
  import { Command } from 'commander';
  import { simulateCommand } from './src/cli/simulate.ts';
  const program = new Command();
  simulateCommand(program);
  await program.parseAsync(process.argv.slice(1), { from: 'user' });
`;

async function parse(...args: readonly string[]): Promise<void> {
  const program = new Command();
  simulateCommand(program);
  await program.parseAsync(['simulate', ...args], { from: 'user' });
}

describe('serac simulate', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('prints one document, serves, and ends within a second of %s', async (signal) => {
    const flags = ['simulate', '--venue', 'binance', '--port', '0', '--seed', '5', '--rate', '500', '--ledger', '--json'];
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, '--', ...flags]);
    const exited = once(child, 'exit');
    const lines = createInterface(child.stdout);
    const [line] = (await once(lines, 'line')) as [string];
    const document = JSON.parse(line) as { port: number; rest: string };
    const { port } = document;
    expect(document).toEqual({ ok: true, port, ws: `ws://127.0.0.1:${port}`, rest: `http://127.0.0.1:${port}`, seed: 5 });
    expect(await (await fetch(`${document.rest}/api/v3/ping`)).json()).toEqual({});
    expect((await fetch(`${document.rest}/_ledger/summary`)).status).toBe(200);
    const before = performance.now();
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('refuses a plan of faults that makes no sense, in one line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'serac-faults-'));
    const file = join(folder, 'faults.yaml');
    for (const [text, reason] of [
      ['- { atMs: 1, fault: explode }', 'there is no fault "explode"'],
      ['- { atMs: 1, fault: reset', 'Flow map'],
    ] as const) {
      writeFileSync(file, text);
      const error: unknown = await parse('--venue', 'coinbase', '--faults', file).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'input.invalid', message: expect.stringContaining(reason) as string });
      expect((error as Error).message).not.toContain('\n');
    }
    rmSync(folder, { recursive: true });
  });

  it.each([
    [[], '--venue is missing'],
    [['--venue', 'mtgox'], '--venue: "mtgox" cannot be simulated'],
    [['--venue', 'kraken', '--capture', 'x.gz'], '--capture: only captures of binance'],
    [['--venue', 'kraken', '--faults', '/no/such/file'], '--faults: /no/such/file cannot be read'],
    [['--venue', 'binance', '--port', '70000'], '--port: "70000" is not a whole number from 0 to 65535.'],
    [['--venue', 'binance', '--port', 'http'], '--port: "http"'],
    [['--venue', 'binance', '--seed', '-1'], '--seed: "-1"'],
    [['--venue', 'binance', '--rate', '0'], '--rate: "0" is not a number above 0.'],
    [['--venue', 'kraken', '--symbols', '9'], '--symbols: only the random market of binance'],
    [['--venue', 'binance', '--symbols', '0'], '--symbols: "0" is not a number above 0.'],
    [['--venue', 'binance', '--symbols', '10001'], '--symbols: "10001" is not a whole number from 0 to 10000.'],
    [['--venue', 'binance', '--speed', 'max'], '--speed is for a --capture.'],
    [['--venue', 'binance', '--capture', '/no/such/file'], '--capture: there is no file /no/such/file.'],
  ])('refuses %j in one clear line', async (args, message) => {
    const error: unknown = await parse(...args).catch((thrown: unknown) => thrown);
    const code = message.includes('cannot be read') ? 'input.unreadable' : 'usage';
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect((error as Error).message).not.toContain('\n');
  });
});
