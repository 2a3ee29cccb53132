import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';

const READY_MAX_MS = 30_000;

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(async () => {
  await endAll();
  folder.remove();
});

it('what one database could not take waits while another one is recorded to, and is stored when the first is back', async () => {
  const venue = await SimulatedVenue.start(seeded('another-database').seed, 500);
  const server = await startServer(0);
  const into = async (database: string): Promise<RecordingDaemon> => {
    const clickhouse = { url: `http://127.0.0.1:${server.port}`, passwordFile: server.secretFile, database };
    const daemon = new RecordingDaemon(folder.at('data'), writeConfig(folder, venue, { clickhouse }));
    await daemon.ready(READY_MAX_MS);
    return daemon;
  };
  const folders = (): string[] => readdirSync(folder.at('data')).filter((name) => name.startsWith('unwritten'));

  const first = await into('first');
  await expect.poll(() => first.metric('serac_trades_acknowledged_total'), { timeout: READY_MAX_MS }).toBeGreaterThan(0);
  await server.process.end('SIGKILL');
  await expect.poll(() => first.metric('serac_sink_batches_queued'), { timeout: READY_MAX_MS }).toBeGreaterThan(0);
  await first.stop();
  expect(folders()).toEqual(['unwritten']);
  const left = readdirSync(folder.at('data', 'unwritten'));
  expect(left.length).toBeGreaterThan(0);

  const again = await startServer(server.port);
  const second = await into('second');
  const aside = folders();
  expect(aside).toEqual([expect.stringMatching(/^unwritten-first-/)]);
  expect(readdirSync(folder.at('data', aside[0]!))).toEqual(left);
  expect(await (await fetch(`${second.address}/health/ready`)).text()).toContain('batches for another store wait');
  const { stderr } = await second.stop();
  expect(stderr).toContain('batches for another store are kept in a folder');

  const back = await into('first');
  const stored = await back.stop();
  expect([stored.code, stored.stderr]).toEqual([0, expect.stringContaining('rows that the last run left in files are now stored')]);
  expect(folders().filter((name) => name.includes('first'))).toEqual([]);
  await again.process.end('SIGTERM');
});

async function startServer(port: number): Promise<{ readonly process: Serac; readonly port: number; readonly secretFile: string }> {
  const process = new Serac(['store', '--data', folder.at('store'), '--port', String(port), '--json']);
  const ready = JSON.parse((await process.line(/^\{.*\}$/))[0]) as { port: number; secretFile: string };
  return { process, ...ready };
}
