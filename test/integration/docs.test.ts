import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT, readPages } from '../support/docs/pages.js';
import { SERAC, Serac } from '../support/integration/serac.js';

/*
 * What the pages tell people to run is run: blocks marked `sh run` in a folder whose demo-data is that of a running demo, blocks
 * marked `sql run` in the store of it. `npx serac` is this program, 127.0.0.1:8080 is where the demo answers, $PROJECT is its folder.
 */
const WRITTEN_ADDRESS = 'http://127.0.0.1:8080';
const READY_MAX_MS = 60_000;

let folder: string;
let demo: Serac;
let address: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'serac-docs-'));
  mkdirSync(path.join(folder, 'bin'));
  const npx = path.join(folder, 'bin', 'npx');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${SERAC}" "$@"\n`);
  chmodSync(npx, 0o755);
  demo = new Serac(['demo', '--data', 'demo-data', '--port', '0', '--seed', '4', '--rate', '400'], { cwd: folder });
  address = (await demo.line(/is at (http:\S+[^.\s])/))[1]!;
  const until = performance.now() + READY_MAX_MS;
  while (!(await hasFinalCandle())) {
    if (performance.now() > until) throw new Error(`the demo has made no candle:\n${demo.stderr}`);
    await delay(200);
  }
}, 2 * READY_MAX_MS);

afterAll(async () => {
  await demo.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** The store has a final candle of both markets that the pages ask for. */
async function hasFinalCandle(): Promise<boolean> {
  const answer = await inStore("SELECT uniqExact(symbol) FROM candles WHERE symbol IN ('BTC-USDT', 'ETH-USDT') AND state = 'final'");
  return (await answer.text()).trim() === '2';
}

async function inStore(sql: string): Promise<Response> {
  const data = path.join(folder, 'demo-data');
  const { port } = JSON.parse(readFileSync(path.join(data, 'store.json'), 'utf8')) as { port: number };
  const key = readFileSync(path.join(data, 'secret'), 'utf8').trim();
  return await fetch(`http://127.0.0.1:${port}/?database=serac`, { method: 'POST', headers: { 'X-ClickHouse-Key': key }, body: sql });
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function shell(text: string): Promise<Outcome> {
  const script = text.replaceAll(WRITTEN_ADDRESS, address);
  const env = { HOME: folder, PROJECT, PATH: [path.join(folder, 'bin'), path.dirname(process.execPath), process.env['PATH']].join(':') };
  return new Promise((resolve) => {
    execFile('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    );
  });
}

const runnable = readPages().flatMap(({ file, blocks }) => {
  return blocks
    .filter(({ run }) => run)
    .map((block, at) => ({ ...block, name: `${file}, block ${at + 1} (${block.text.split('\n', 1)[0]!.slice(0, 60)})` }));
});

describe('what the pages tell people to run', () => {
  it.each(runnable.filter(({ language }) => language === 'sh'))('works: $name', async ({ text }) => {
    const outcome = await shell(text);
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.stdout).not.toBe('');
    expect(outcome.stdout).not.toContain('"error"');
  });

  it.each(runnable.filter(({ language }) => language === 'sql'))('answers with rows: $name', async ({ text }) => {
    const answer = await inStore(text);
    const body = await answer.text();
    expect(answer.status, body).toBe(200);
    expect(body).not.toBe('');
  });

  it('is something, and is in a language that is run', () => {
    expect(runnable.length).toBeGreaterThan(10);
    expect(runnable.filter(({ language }) => language !== 'sh' && language !== 'sql')).toEqual([]);
  });
});
