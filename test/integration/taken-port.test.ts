import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';

const READY_MAX_MS = 30_000;
/** A killed process is told at once, but not in the same moment. */
const TOLD_MS = 50;

let folder: Folder;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe('a port that something else takes while the store is down', () => {
  it('is sent no secret, and the store takes another one', async () => {
    const venue = await SimulatedVenue.start(seeded('taken port').seed, 200, []);
    const data = folder.at('data');
    const daemon = new RecordingDaemon(data, writeConfig(folder, venue));
    await daemon.ready(READY_MAX_MS);
    await daemon.untilTaken(20, ['BTC-USDT']);
    const { port } = JSON.parse(readFileSync(`${data}/store.json`, 'utf8')) as { port: number };
    const sent: IncomingMessage['headers'][] = [];
    const other = createServer((request, response) => {
      sent.push(request.headers);
      response.end('Ok.');
    });
    process.kill(daemon.storePid!, 'SIGKILL');
    await sleep(TOLD_MS);
    await expect
      .poll(
        () =>
          new Promise<boolean>((resolve) => {
            other.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
          }),
        { timeout: 5_000, interval: 1 },
      )
      .toBe(true);
    try {
      const isReady = () => fetch(`${daemon.address}/health/ready`).then(({ status }) => status === 200);
      const portOfStore = (): number => {
        try {
          return (JSON.parse(readFileSync(`${data}/store.json`, 'utf8')) as { port: number }).port;
        } catch {
          return port;
        }
      };
      await expect.poll(async () => portOfStore() !== port && (await isReady()), { timeout: READY_MAX_MS }).toBe(true);
      expect(sent.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
      const before = await daemon.metric('serac_trades_acknowledged_total');
      await expect.poll(() => daemon.metric('serac_trades_acknowledged_total'), { timeout: READY_MAX_MS }).toBeGreaterThan(before + 100);
      expect((await fetch(`${daemon.address}/v1/candles?market=binance:BTC-USDT&interval=1s`)).status).toBe(200);
    } finally {
      other.closeAllConnections();
      other.close();
    }
    expect((await daemon.stop()).code).toBe(0);
  });
});
