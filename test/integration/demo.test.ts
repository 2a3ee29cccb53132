import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { effort } from '../support/effort.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { childrenOf, isAlive, processesNaming } from '../support/integration/processes.js';
import { storePid } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac, serac, type SeracOptions } from '../support/integration/serac.js';

const READY_MAX_MS = 30_000;
const STOP_MAX_MS = 5_000;
const TIMES = effort(3, 2);
/** How long a start takes, about. */
const START_MS = 1_200;

let folder: Folder;
/** Whatever a demo puts into the folder for temporary things is seen, and nobody else's. */
let options: SeracOptions;

beforeEach(() => {
  folder = temporaryFolder();
  options = { env: { TMPDIR: folder.path } };
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe('serac demo', () => {
  it('records for some seconds, proves that nothing is missing, and prints that as one document', async () => {
    const { seed } = seeded('demo');
    const { code, stdout, stderr } = await serac(['demo', '--seconds', '8', '--json', '--port', '0', '--seed', String(seed)], options);
    expect(code, stderr).toBe(0);
    const summary = JSON.parse(stdout.toString()) as Record<string, unknown>;
    expect(Object.keys(summary)[0], 'the verdict comes first').toBe('ok');
    expect(summary).toMatchObject({
      ...{ ok: true, seed, missing: 0, duplicates: 0, redelivered: 0, candleMismatches: 0, falselyComplete: 0, rejects: 0, gaps: 0 },
      ...{ emitted: expect.any(Number) as number, stored: summary['emitted'] },
    });
    expect(summary['emitted']).toBeGreaterThan(100);
    expect(summary['candles']).toBeGreaterThan(20);
    expect(readdirSync(folder.path), 'temporary folders left').toEqual([]);
  });

  it('stays up without --seconds, answers, and ends within five seconds of one Ctrl-C with nothing left behind', async () => {
    const { seed } = seeded('demo until Ctrl-C');
    const demo = new Serac(['demo', '--port', '0', '--seed', String(seed)], options);
    const [, address] = await demo.line(/is at (http:\S+?)\.?$/);
    const [, dataDir] = await demo.line(/^Data in (\S+?)\. /);
    await expect.poll(() => status(`${address}/health/ready`), { timeout: READY_MAX_MS }).toBe(200);
    await expect
      .poll(() => count(`${address}/v1/candles?market=binance:BTC-USDT&interval=1s`), { timeout: READY_MAX_MS })
      .toBeGreaterThan(1);
    await expect.poll(() => count(`${address}/v1/trades?market=binance:BTC-USDT&limit=10`), { timeout: READY_MAX_MS }).toBe(10);
    expect(await count(`${address}/v1/feeds`)).toBe(5);
    // Four of the five trade every second or so, and the fifth once in a minute.
    await expect.poll(() => count(`${address}/v1/symbols`), { timeout: READY_MAX_MS }).toBeGreaterThan(3);
    expect(await status(`${address}/openapi.json`)).toBe(200);
    expect(await (await fetch(`${address}/metrics`)).text()).toMatch(/^serac_trades_acknowledged_total\{exchange="binance"\} [1-9]/m);

    const store = storePid(dataDir!)!;
    const children = childrenOf(demo.pid);
    expect(children).toContain(store);
    const toldAt = performance.now();
    const { code, stderr } = await demo.end('SIGINT');
    expect(performance.now() - toldAt).toBeLessThan(STOP_MAX_MS);
    expect(code, stderr).toBe(0);
    expect(children.filter(isAlive), 'children left').toEqual([]);
    expect(processesNaming(dataDir!)).toEqual([]);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is gone soon after a %s that comes while it starts', async (signal) => {
    const random = seeded(`demo, ${signal} at the start`);
    for (let time = 0; time < TIMES; time++) {
      const demo = new Serac(['demo', '--seconds', '60', '--json', '--port', '0'], options);
      // From its first folder on there is something to clean up.
      while (readdirSync(folder.path).length === 0) await sleep(5);
      const afterMs = random.between(50, START_MS);
      await sleep(afterMs);
      const children = childrenOf(demo.pid);
      const toldAt = performance.now();
      const { code, stdout, stderr } = await demo.end(signal);
      const where = `told after ${afterMs} ms:\n${stderr}`;
      // Whatever was reached: one document, which agrees with the exit code.
      const document = JSON.parse(stdout.toString()) as { ok: boolean; seconds: number };
      expect([document.ok, code], where).toEqual([code === 0, document.ok ? 0 : 1]);
      expect(document.seconds, where).toBeLessThan(5);
      expect(performance.now() - toldAt, where).toBeLessThan(STOP_MAX_MS);
      expect(stderr, where).not.toContain('    at ');
      expect(children.filter(isAlive), where).toEqual([]);
      expect(readdirSync(folder.path), where).toEqual([]);
    }
  });

  it('ends early at Ctrl-C with --seconds, and still compares what was sent until then', async () => {
    const demo = new Serac(['demo', '--seconds', '60', '--json', '--port', '0'], options);
    await expect.poll(() => demo.stderr, { timeout: READY_MAX_MS }).toMatch(/is at http/);
    await sleep(1_500);
    const toldAt = performance.now();
    const { code, stdout, stderr } = await demo.end('SIGINT');
    expect(performance.now() - toldAt).toBeLessThan(STOP_MAX_MS + 3_000);
    const summary = JSON.parse(stdout.toString()) as { seconds: number };
    expect(summary, stderr).toMatchObject({ ok: true, missing: 0 });
    expect(summary.seconds, 'how long it was, not how long it should have been').toBeGreaterThan(1);
    expect(summary.seconds).toBeLessThan(10);
    expect(code).toBe(0);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('answers with one document without --seconds, too', async () => {
    const demo = new Serac(['demo', '--json', '--port', '0', '--seed', '7'], options);
    await expect.poll(() => demo.stderr, { timeout: READY_MAX_MS }).toMatch(/is at http/);
    const { code, stdout, stderr } = await demo.end('SIGTERM');
    expect(JSON.parse(stdout.toString()), stderr).toEqual({ ok: true, seed: 7, seconds: expect.any(Number) as number });
    expect(code).toBe(0);
  });

  it('goes on where it ended, also after kill -9, with nothing missing and nothing twice; and never mixes two markets', async () => {
    const { seed } = seeded('demo that goes on');
    const data = folder.at('kept');
    const demo = ['demo', '--data', data, '--port', '0'];
    const first = new Serac([...demo, '--seed', String(seed)], options);
    await first.line(/^Data in /);
    await sleep(1_500);
    await first.end('SIGKILL');
    const again = await serac([...demo, '--seconds', '1'], options);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining(`${data} holds an earlier demo (seed ${seed})`)]);
    const other = await serac(['run', '--data', data, '--port', '0'], options);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('holds the simulated trades of a demo')]);
    for (let run = 0, emitted = 0; run < 2; run++) {
      const { code, stdout, stderr } = await serac([...demo, '--continue', '--seconds', '2', '--json'], options);
      expect(code, `${stdout.toString()}\n${stderr}`).toBe(0);
      const summary = JSON.parse(stdout.toString()) as { emitted: number };
      expect(summary).toMatchObject({
        ok: true,
        seed,
        missing: 0,
        duplicates: 0,
        different: 0,
        candleMismatches: 0,
        falselyComplete: 0,
        gaps: 0,
      });
      expect(summary.emitted).toBeGreaterThan(emitted);
      emitted = summary.emitted;
    }
  });

  it('says which port is taken before anything is started, and ends', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await serac(['demo', '--seconds', '1', '--port', String(port)], options);
    other.close();
    expect(stderr).toBe(`serac: Port ${port} of 127.0.0.1 is in use: choose another with api.port, SERAC_API_PORT or --port.\n`);
    expect(code).toBe(2);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

async function status(url: string): Promise<number> {
  return (await fetch(url)).status;
}

async function count(url: string): Promise<number> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return ((await response.json()) as { data: unknown[] }).data.length;
}
