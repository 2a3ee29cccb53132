import { readFileSync } from 'node:fs';
import { openStore } from '../../../src/store/open-store.js';
import { storePaths } from '../../../src/store/paths.js';
import type { VenueName } from '../../../src/simulator/venues.js';
import type { Tally } from '../../support/simulation/tally.js';
import { storeEntry, temporaryFolder } from '../../support/store-process.js';
import { EmbeddedStore } from './embedded-store.js';
import { socketPlan } from './socket-plan.js';
import { SocketSimulation } from './socket-simulation.js';

/** Runs at a time: they mostly wait. */
const AT_A_TIME = 4;

/** Runs seeds, a few seconds each, through real sockets and one embedded store, in which each has a database of its own. */
export async function runOnSockets(
  seeds: readonly number[],
  venue: VenueName | undefined,
  onResult: (seed: number, result: { readonly tally: Tally; readonly wrong: readonly string[] }) => void,
): Promise<void> {
  const folder = temporaryFolder();
  const store = await openStore({ dataDir: folder.path, entry: storeEntry });
  const password = readFileSync(storePaths(folder.path).secretFile, 'utf8').trim();
  const waiting = [...seeds];
  const worker = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const database = `run_${seed}`;
      const own = await openStore({ dataDir: folder.path, entry: storeEntry, database });
      onResult(
        seed,
        await SocketSimulation.run(socketPlan(seed, venue), new EmbeddedStore(own.client, { url: own.url, password, database })),
      );
      await own.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_A_TIME, waiting.length) }, worker));
  } finally {
    await store.close();
    folder.remove();
  }
}
