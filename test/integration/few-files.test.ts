import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';

const LIMIT = 256;
const READY_MAX_MS = 30_000;
/** Pressure is sampled every second. */
const WITHOUT_FILES_MS = 3_000;

let folder: Folder;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe.skipIf(process.platform !== 'linux')('a daemon that may have few files open', () => {
  it('keeps what it needs from those that only connect, and goes on where it has none left at all', async () => {
    const venue = await SimulatedVenue.start(seeded('few files').seed, 100, []);
    const wrapper = ['sh', '-c', `ulimit -n ${LIMIT}; exec "$@"`, 'sh'];
    const daemon = new RecordingDaemon(folder.at('data'), writeConfig(folder, venue), { wrapper });
    await daemon.ready(READY_MAX_MS);
    const { pid } = daemon.process;
    const openFiles = (): number => readdirSync(`/proc/${pid}/fd`).length;
    const port = Number(new URL(daemon.address).port);
    const idle: Socket[] = [];
    for (let count = 0; count < 2 * LIMIT; count++) idle.push(connect(port, '127.0.0.1').on('error', () => undefined));
    await sleep(WITHOUT_FILES_MS);
    expect(openFiles()).toBeLessThan(LIMIT - 64);
    expect((await fetch(`${daemon.address}/health/live`)).status).toBe(200);
    for (const socket of idle) socket.destroy();

    execFileSync('prlimit', ['--pid', String(pid), `--nofile=12:${LIMIT}`]);
    await sleep(WITHOUT_FILES_MS);
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${LIMIT}:${LIMIT}`]);
    await expect.poll(() => fetch(`${daemon.address}/health/ready`).then(({ status }) => status), { timeout: READY_MAX_MS }).toBe(200);
    expect((await daemon.stop()).code).toBe(0);
  });
});
