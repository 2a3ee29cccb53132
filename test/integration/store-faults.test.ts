import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreReadyMessage } from '../../src/store/store-message.js';
import { FaultyStoreProxy } from '../support/integration/faulty-store-proxy.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { Stored } from '../support/integration/stored.js';
import {
  BOUND_BY_MODES,
  codeFault,
  credentialsFault,
  descriptorsFault,
  garbageFault,
  mountSmallDisk,
  permissionsFault,
  spaceFault,
  unmount,
  type StoreFault,
} from '../support/integration/store-faults.js';
import { judge } from '../support/integration/truth.js';

const RATE = 5_000;
/** How many faults are drawn, and how long (s) the longest lasts: `DRAWS=40 FAULT_SECONDS=60` looks for as long as there is time. */
const DRAWS = Number(process.env['DRAWS'] ?? 5);
const FAULT_MAX_S = Number(process.env['FAULT_SECONDS'] ?? 3);
const FAULT_MIN_S = 2;
/** Readiness says within this time that the store does not take batches. */
const TOLD_MAX_MS = 2_000;
const READY_MAX_MS = 30_000;
const HEALED_MAX_MS = 20_000;
const REPAID_MAX_MS = 60_000;

let folder: Folder;
let proxy: FaultyStoreProxy;
let hasSmallDisk = false;

beforeEach(async () => {
  folder = temporaryFolder();
  proxy = await FaultyStoreProxy.start();
  mkdirSync(folder.at('store'));
  hasSmallDisk = mountSmallDisk(folder.at('store'));
});

afterEach(async () => {
  await proxy.close();
  await endAll();
  if (hasSmallDisk) unmount(folder.at('store'));
  folder.remove();
});

interface Readiness {
  readonly status: number;
  readonly text: string;
}

async function readiness(daemon: RecordingDaemon): Promise<Readiness> {
  const response = await fetch(`${daemon.address}/health/ready`);
  return { status: response.status, text: await response.text() };
}

/** Waits until readiness is as asked; gives how long (ms) that took. */
async function until(daemon: RecordingDaemon, isSo: (readiness: Readiness) => boolean, maxMs: number, what: string): Promise<number> {
  const from = performance.now();
  for (;;) {
    const said = await readiness(daemon);
    const tookMs = performance.now() - from;
    if (isSo(said)) return tookMs;
    if (tookMs > maxMs) throw new Error(`${what}: after ${Math.round(tookMs)} ms readiness is ${said.status} ${said.text}`);
    await sleep(20);
  }
}

describe('a store with a fault that is not about the data', () => {
  it(`loses none of ${RATE} trades a second: each of ${DRAWS} faults is told within ${TOLD_MAX_MS} ms, waited for, and over`, async (context) => {
    const random = seeded('store-faults');
    const dataDir = folder.at('store', 'data');
    const address = `127.0.0.1:${proxy.port}`;
    const process_ = new Serac(['store', '--data', dataDir, '--port', '0', '--allow-host', address, '--json'], { wrapper: BOUND_BY_MODES });
    const { port, pid, secretFile } = JSON.parse((await process_.line(/^\{.*\}$/))[0]) as StoreReadyMessage;
    proxy.targetPort = port;
    const passwordFile = folder.at('password');
    writeFileSync(passwordFile, readFileSync(secretFile));
    const store = { proxy, dataDir, secretFile, passwordFile, pid };

    const venue = await SimulatedVenue.start(random.seed, RATE, ['--steady']);
    // A long fault raises the level of pressure: it falls soon after, and is waited for like the fault itself.
    const config = writeConfig(folder, venue, { clickhouse: { url: `http://${address}`, passwordFile }, pressure: { fallAfterMs: 2_000 } });
    const daemon = new RecordingDaemon(folder.at('data'), config);
    await daemon.ready(READY_MAX_MS);

    const told: string[] = [];
    for (const fault of drawFaults(random)) {
      await sleep(random.between(200, 700));
      const heldMs = random.between(FAULT_MIN_S * 1_000, FAULT_MAX_S * 1_000);
      const end = await fault.begin(store);
      let toldMs: number;
      try {
        toldMs = await until(daemon, ({ status, text }) => status === 503 && fault.reason.test(text), TOLD_MAX_MS, fault.name);
        await sleep(heldMs - toldMs);
        expect((await readiness(daemon)).status, `${fault.name}, still`).toBe(503);
      } finally {
        end();
      }
      const healedMs = await until(daemon, ({ status }) => status === 200, HEALED_MAX_MS, `${fault.name} is over`);
      told.push(
        `${fault.name} for ${(heldMs / 1_000).toFixed(1)} s: told after ${Math.round(toldMs)} ms, over after ${Math.round(healedMs)} ms`,
      );
    }

    await venue.pause();
    const owed = async (): Promise<{ holes: number; unacknowledged: number }> => {
      const feeds = await daemon.feeds();
      return {
        holes: feeds.reduce((sum, { holes }) => sum + holes.length, 0),
        unacknowledged: feeds.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
      };
    };
    await expect.poll(owed, { timeout: REPAID_MAX_MS, interval: 50 }).toEqual({ holes: 0, unacknowledged: 0 });
    const retries = await daemon.metric('serac_sink_retries_total');
    const { code, stderr } = await daemon.stop();
    expect(code, stderr).toBe(0);
    await process_.end('SIGTERM');

    const stored = await Stored.open(dataDir);
    try {
      const verdict = await judge(stored, venue);
      process.stdout.write(`store-faults: ${told.join('; ')}; ${retries} writes tried again; ${verdict.trades} trades stored\n`);
      expect(verdict).toMatchObject({
        ...{ different: [], missing: [], owed: [], absent: [], falselyComplete: [], misjudged: [], unnoted: [] },
      });
    } finally {
      await stored.close();
    }
    const refused = folder.at('data', 'refused');
    expect(existsSync(refused) ? readdirSync(refused) : []).toEqual([]);
    if (!hasSmallDisk) await context.annotate('no small disk can be mounted here: no space was not tried');
  });
});

/** One of each kind, and codes for the rest, in any order. */
function drawFaults(random: ReturnType<typeof seeded>): StoreFault[] {
  const kinds = [credentialsFault, descriptorsFault, permissionsFault, ...(hasSmallDisk ? [spaceFault] : [])];
  const rest = Array.from({ length: Math.max(DRAWS - kinds.length, 0) }, () => (random.chance(0.1) ? garbageFault : codeFault(random)));
  return random.shuffled([...kinds, ...rest]);
}
