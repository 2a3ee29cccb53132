import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/daemon/node-files.js';
import { jsonBatch } from '../../src/sinks/encode-batch.js';
import { BatchFiles } from '../../src/sinks/batch-files.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { isAlive } from '../support/integration/processes.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, serac, seracJson } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';

const READY_MAX_MS = 30_000;
const RATE = 500;

let folder: Folder;
let config: string;
let dataDir: string;
let daemon: RecordingDaemon;

beforeAll(async () => {
  folder = temporaryFolder();
  config = writeConfig(folder, await SimulatedVenue.start(seeded('one-folder').seed, RATE));
  dataDir = folder.at('data');
  daemon = new RecordingDaemon(dataDir, config);
  await daemon.ready(READY_MAX_MS);
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe('a folder that a daemon records into', () => {
  it('refuses a second daemon in a sentence that says what to do, and the first goes on', async () => {
    const store = daemon.storePid!;
    await expect.poll(() => daemon.metric('serac_trades_acknowledged_total'), { timeout: READY_MAX_MS }).toBeGreaterThan(RATE);
    const before = await daemon.metric('serac_trades_acknowledged_total');
    const began = performance.now();
    const { code, stdout, stderr } = await serac(['run', '-c', config]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(`Process ${store} is already the store of ${dataDir}: stop it or use another --data.`);
    expect(stderr).not.toContain('    at ');
    expect(stderr, 'the store of the first is well').not.toContain('the store is down');
    expect(stdout.toString()).toBe('');
    expect(performance.now() - began, 'it is said soon').toBeLessThan(READY_MAX_MS / 2);

    expect(daemon.process.running).toBe(true);
    expect(daemon.storePid).toBe(store);
    expect(isAlive(store)).toBe(true);
    await expect.poll(() => daemon.metric('serac_trades_acknowledged_total'), { timeout: READY_MAX_MS }).toBeGreaterThan(before);
    expect((await daemon.feeds()).map(({ connection }) => connection)).toEqual(Array(5).fill('live'));
    expect(existsSync(folder.at('data', 'daemon.json')), 'the record of the first stays').toBe(true);

    rmSync(folder.at('data', 'daemon.json'));
    await expect.poll(() => existsSync(folder.at('data', 'daemon.json')), { timeout: READY_MAX_MS }).toBe(true);
  });

  it('can be read and checked by commands, which join its store', async () => {
    const store = daemon.storePid!;
    const readCandles = () => seracJson<{ data: unknown[] }>(['candles', 'binance:BTC-USDT', '1s', '--data', dataDir, '--format', 'json']);
    // The first one is final when the allowed lateness after its second is over.
    await expect.poll(async () => (await readCandles()).data.length, { timeout: READY_MAX_MS }).toBeGreaterThan(0);
    const [candles, trades, verified, feeds, sinks, table, doctor] = await Promise.all([
      readCandles(),
      seracJson<{ data: unknown[] }>(['trades', 'binance:BTC-USDT', '--data', dataDir, '--format', 'json']),
      serac(['verify', '--data', dataDir, '--json']),
      seracJson<{ data: { connection: string }[] }>(['feeds', '--data', dataDir, '--json']),
      seracJson<{ data: object[]; next: null }>(['sinks', '--data', dataDir, '--json']),
      serac(['sinks', '--data', dataDir]),
      seracJson<{ ok: boolean; checks: { name: string; ok: boolean; detail: string }[] }>(['doctor', '-c', config, '--json']),
    ]);
    expect(candles.data.length).toBeGreaterThan(0);
    expect(trades.data.length).toBeGreaterThan(10);
    expect(feeds.data.map(({ connection }) => connection)).toEqual(Array(5).fill('live'));
    expect(sinks).toMatchObject({
      data: [{ name: 'clickhouse', ok: true, state: 'accepting', kept: { unwritten: 0, refused: 0, set_aside: 0 }, last_error: null }],
      next: null,
    });
    expect(table.stdout.toString()).toMatch(/^name +state +ok +rows .*\nclickhouse +accepting +true +[1-9]\d* /);
    expect(doctor, JSON.stringify(doctor.checks)).toMatchObject({ ok: true });
    expect(doctor.checks.find(({ name }) => name === 'embedded store')).toMatchObject({ ok: true });
    // Candles that are still forming are not stored: it may find those, and must still answer.
    expect(JSON.parse(verified.stdout.toString()), verified.stderr).toHaveProperty('markets');
    expect(daemon.storePid).toBe(store);
    expect(isAlive(store)).toBe(true);
    expect(daemon.process.running).toBe(true);
  });

  it('ends within five seconds of SIGTERM, and is free for the next', async () => {
    const toldAt = performance.now();
    const { code, stderr } = await daemon.stop();
    expect(performance.now() - toldAt).toBeLessThan(5_000);
    expect(code, stderr).toBe(0);
    expect(existsSync(folder.at('data', 'daemon.json'))).toBe(false);
    const verified = await serac(['verify', '--data', dataDir, '--json']);
    expect(JSON.parse(verified.stdout.toString())).toMatchObject({ ok: true, unwritten_batches: 0 });
    expect(verified.stderr).toBe('');
    const feeds = await serac(['feeds', '--data', dataDir]);
    expect([feeds.code, feeds.stderr]).toEqual([1, expect.stringContaining('No daemon is running on')]);
    daemon = new RecordingDaemon(dataDir, config);
    await daemon.ready(READY_MAX_MS);
    expect((await daemon.stop()).code).toBe(0);
  });

  it('that has batches which are not in its store yet says so where it is verified', async () => {
    const path = new BatchFiles(dataDir, nodeFiles).keep(jsonBatch('trades_data', [{ id: 1 }]), 'unwritten');
    const verified = await serac(['verify', '--data', dataDir, '--json']);
    expect(JSON.parse(verified.stdout.toString())).toMatchObject({ unwritten_batches: 1 });
    expect(verified.stderr).toContain(`1 batch waits in ${dirname(path)} to be stored by a daemon`);
  });
});
