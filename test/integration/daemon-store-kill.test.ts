import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { processesNaming } from '../support/integration/processes.js';
import { ContinuityWatch } from '../support/integration/continuity-watch.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, seracJson } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';
import { effort } from '../support/effort.js';

const ROUNDS = effort(20, 8);
const RATE = 2_000;
const READY_MAX_MS = 30_000;
/** What half of the restarts take at most: two seconds on a quiet machine, and this one may be busy with other things. */
const RESTART_MEDIAN_MAX_MS = 5_000;
const RESTART_MAX_MS = 30_000;

let folder: Folder;
let venue: SimulatedVenue;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe('a store that is killed under its daemon', () => {
  it(`costs not one trade and no connection, ${ROUNDS} times`, async () => {
    const random = seeded('daemon-store-kill');
    venue = await SimulatedVenue.start(random.seed, RATE);
    const dataDir = folder.at('data');
    const daemon = new RecordingDaemon(dataDir, writeConfig(folder, venue));
    await daemon.ready(READY_MAX_MS);
    const watch = new ContinuityWatch(daemon.address, ['BTC-USDT', 'SOL-USDT']);
    const connections = await connectionsOf(daemon);
    const restarts: number[] = [];

    for (let round = 0; round < ROUNDS; round++) {
      const where = `round ${round}, seed ${random.seed}`;
      await sleep(random.chance(0.2) ? 0 : random.between(100, 1_500));
      const pid = daemon.storePid!;
      process.kill(pid, 'SIGKILL');
      const killedAt = performance.now();
      while (daemon.storePid === pid || daemon.storePid === undefined) {
        expect(daemon.process.running, `the daemon goes on, ${where}:\n${daemon.process.stderr}`).toBe(true);
        expect(performance.now() - killedAt, `the store comes back, ${where}:\n${daemon.process.stderr}`).toBeLessThan(RESTART_MAX_MS);
        await sleep(5);
      }
      restarts.push(performance.now() - killedAt);
      expect(await connectionsOf(daemon), `the feeds stay live on their connections, ${where}`).toEqual(connections);
    }

    const { emitted } = await venue.pause();
    await expect.poll(() => taken(daemon), { timeout: 20_000, interval: 50 }).toEqual({ trades: emitted, unacknowledged: 0 });
    await watch.stop();
    const { code, stderr } = await daemon.stop();
    expect(code, stderr).toBe(0);
    expect(processesNaming(folder.path)).toEqual([]);
    expect(await seracJson(['verify', '--data', dataDir, '--json'])).toMatchObject({ ok: true });
    const stored = await Stored.open(dataDir);
    try {
      const verdict = await judge(stored, venue);
      const sorted = restarts.map(Math.round).sort((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)]!;
      process.stdout.write(
        `daemon-store-kill: back after ${median} ms (median; ${sorted[0]} to ${sorted[sorted.length - 1]}), ` +
          `${verdict.trades} trades, ${verdict.candles} candles, ${verdict.proven} proven; ${watch.summary}\n`,
      );
      expect(verdict).toMatchObject({ missing: [], different: [], falselyComplete: [], misjudged: [], unnoted: [] });
      expect(watch.problems).toEqual([]);
      expect(median).toBeLessThan(RESTART_MEDIAN_MAX_MS);
    } finally {
      await stored.close();
    }
  });
});

async function connectionsOf(daemon: RecordingDaemon): Promise<unknown> {
  return (await daemon.feeds()).map(({ symbol, connection, connection_id }) => ({ symbol, connection, connection_id }));
}

async function taken(daemon: RecordingDaemon): Promise<unknown> {
  const feeds = await daemon.feeds();
  return {
    trades: feeds.reduce((sum, { trades }) => sum + trades, 0),
    unacknowledged: feeds.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
  };
}
