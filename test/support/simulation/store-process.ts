import type { LaunchedStore, StoreWorld } from '../../../src/daemon/world.js';
import { SeracError } from '../../../src/errors.js';
import type { Random } from '../../../src/simulator/random.js';
import type { MachineFiles } from './machine-files.js';
import type { ProcessLife } from './process-life.js';
import type { VirtualClock } from './virtual-clock.js';

const START_MIN_MS = 50;
const START_MAX_MS = 800;
const STOP_MS = 20;
const PORT = 18_123;

/** Files of the embedded store without which it cannot go on. */
const STORE_FILES = ['metadata/serac.sql', 'store/tables', 'data/serac/trades_data/format_version.txt'];

/** The embedded store's process: a daemon launches it, it ends with that daemon, and it may be killed. What it has stored stays. */
export class StoreProcess {
  #end: ((exit: { code: number | null; signal: string | null }) => void) | null = null;
  readonly #onKill = new Set<() => void>();
  #pid = 0;

  constructor(
    readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly files: MachineFiles,
    private readonly dataDir: string,
  ) {}

  /** Whether there is one that answers. */
  get isUp(): boolean {
    return this.#end !== null;
  }

  /** kill -9 of the store alone; false where it does not run. */
  kill(): boolean {
    if (!this.isUp) return false;
    const killed = [...this.#onKill];
    this.#exit(null, 'SIGKILL');
    for (const run of killed) run();
    return true;
  }

  /** Runs if the store is killed; the answer takes it back. */
  onKill(run: () => void): () => void {
    this.#onKill.add(run);
    return () => this.#onKill.delete(run);
  }

  async launch(life: ProcessLife, { signal }: Parameters<StoreWorld['launch']>[0]): Promise<LaunchedStore> {
    await life.heard(this.clock.sleep(START_MIN_MS + this.random.below(START_MAX_MS)));
    if (signal.aborted) throw new SeracError('store.unavailable', 'The embedded store was ended before it was ready.');
    if (this.isUp) throw new SeracError('store.locked', 'Another process uses the data folder.');
    for (const name of STORE_FILES) if (!this.files.has(`${this.dataDir}/clickhouse/${name}`)) this.#put(name);
    const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => (this.#end = resolve));
    this.#onKill.clear();
    const takeBack = life.onKill(() => this.#exit(null, null));
    const pid = ++this.#pid;
    return {
      ...{ url: `http://127.0.0.1:${PORT}`, port: PORT, pid, readPassword: () => '' },
      exited: life.heard(exited),
      stop: async () => {
        await life.heard(this.clock.sleep(STOP_MS));
        takeBack();
        if (this.#pid === pid) this.#exit(0, null);
      },
    };
  }

  #put(name: string): void {
    this.files.put(`${this.dataDir}/clickhouse/${name}`, Buffer.from('1\n'));
  }

  #exit(code: number | null, signal: string | null): void {
    this.#end?.({ code, signal });
    this.#end = null;
    this.#onKill.clear();
  }
}

/** Where the tables' files are said to stand. */
export function tableFilesIn(dataDir: string): { readonly definition: string; readonly folders: readonly string[] }[] {
  return [{ definition: 'metadata/serac.sql', folders: [`${dataDir}/clickhouse/data/serac/trades_data`] }];
}
