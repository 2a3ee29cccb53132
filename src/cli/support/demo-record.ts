import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeracError } from '../../errors.js';
import { isUnused } from '../../store/data-folder.js';
import type { MarketPast } from '../../simulator/start-simulator.js';
import { reasonOf } from '../../system-error.js';

const NAME = 'demo.json';
/** The market may trade so long beyond the last note of how far it has; it stands still where none can be written. */
const AHEAD_MS = 3_000;
const NOTE_EVERY_MS = 1_000;

/** What of a demo's market has to be known to go on with it: with the same numbers it trades the same again. */
interface DemoNotes extends Pick<MarketPast, 'startedAtMs' | 'halts'> {
  readonly seed: number;
  readonly rate: number;
  /** It has not traded beyond this, ms. */
  readonly untilMs: number;
}

export interface DemoWishes {
  readonly continue: boolean;
  readonly seed: number | undefined;
  readonly rate: number | undefined;
}

/**
 * The market of the demo of a data folder, through all of its runs: a later run gets the trades of the earlier ones by trading them
 * again, so that ids and prices go on and the exchange still has all that it ever sent. Between the runs the market was closed.
 */
export class DemoRecord {
  readonly #dataDir: string | null;
  #notes: DemoNotes;
  #timer: NodeJS.Timeout | null = null;
  #hasFailed = false;

  private constructor(dataDir: string | null, notes: DemoNotes) {
    this.#dataDir = dataDir;
    this.#notes = notes;
  }

  /**
   * Begins a demo in a folder that holds nothing, or goes on with the one that it holds.
   * @param dataDir null for a demo that leaves no folder: nothing is noted, as no later run goes on with it
   * @throws SeracError `usage`, `conflict` or `not_found` where the folder and the wishes do not go together
   */
  static open(dataDir: string | null, wishes: DemoWishes, defaults: { readonly seed: number; readonly rate: number }): DemoRecord {
    const begin = (): DemoRecord => {
      const startedAtMs = Date.now();
      const { seed = defaults.seed, rate = defaults.rate } = wishes;
      return new DemoRecord(dataDir, { seed, rate, startedAtMs, halts: [], untilMs: startedAtMs });
    };
    if (dataDir === null) return begin();
    const notes = readNotes(dataDir);
    if (!wishes.continue) {
      if (notes !== undefined)
        throw new SeracError(
          'conflict',
          `${dataDir} holds an earlier demo (seed ${notes.seed}): continue it with --continue, or name another folder with --data.`,
        );
      if (!isUnused(dataDir))
        throw new SeracError(
          'conflict',
          `${dataDir} is not empty, and the trades of a demo are simulated: name another folder with --data.`,
        );
      return begin();
    }
    if (notes === undefined) {
      const advice = isUnused(dataDir) ? 'omit --continue to start one there' : 'name the folder of a demo with --data';
      throw new SeracError('not_found', `${dataDir} holds no demo to continue: ${advice}.`);
    }
    for (const name of ['seed', 'rate'] as const) {
      if (wishes[name] !== undefined && wishes[name] !== notes[name])
        throw new SeracError('usage', `--${name} ${wishes[name]}: the demo in ${dataDir} uses ${notes[name]}; it cannot be changed.`);
    }
    return new DemoRecord(dataDir, notes);
  }

  get seed(): number {
    return this.#notes.seed;
  }

  get rate(): number {
    return this.#notes.rate;
  }

  /** What the market did before now, for the simulator to do again; it stands still then. */
  get past(): MarketPast {
    const { startedAtMs, halts, untilMs } = this.#notes;
    return { startedAtMs, halts, haltedAtMs: untilMs };
  }

  /** The market's time, ms: this machine's, but it never goes back, and while the market trades never beyond what is noted. */
  readonly clock = (): number => {
    const { untilMs } = this.#notes;
    return this.#timer === null ? Math.max(Date.now(), untilMs) : Math.min(Date.now(), untilMs);
  };

  /** Makes the folder this demo's, before anything is traded. */
  begin(): void {
    this.#write(this.#notes);
  }

  /** The market trades from a time (ms) on. How far it may is noted before it does: a kill at any moment leaves nothing unknown. */
  trade(fromMs: number): void {
    const { halts, untilMs } = this.#notes;
    this.#write({ ...this.#notes, halts: [...halts, [untilMs, fromMs]], untilMs: fromMs + AHEAD_MS });
    this.#timer = setInterval(() => this.#goOn(), NOTE_EVERY_MS);
  }

  /** The market stands still from a time (ms) on, for this run. */
  end(atMs: number): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#write({ ...this.#notes, untilMs: atMs });
  }

  #goOn(): void {
    try {
      this.#write({ ...this.#notes, untilMs: Math.max(Date.now() + AHEAD_MS, this.#notes.untilMs) });
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed)
        process.stderr.write(
          `serac: cannot write ${NAME} in the data folder (${reasonOf(error)}): the simulated market is paused until it can be written.\n`,
        );
      this.#hasFailed = true;
    }
  }

  #write(notes: DemoNotes): void {
    if (this.#dataDir !== null) {
      const path = join(this.#dataDir, NAME);
      writeFileSync(`${path}.new`, JSON.stringify(notes), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    this.#notes = notes;
  }
}

/** Only a demo's own trades may stand beside a demo's: those of an exchange have the same names. @throws SeracError `conflict` */
export function assertNoDemo(dataDir: string): void {
  if (existsSync(join(dataDir, NAME)))
    throw new SeracError('conflict', `${dataDir} holds the simulated trades of a demo: name another folder with --data.`);
}

function readNotes(dataDir: string): DemoNotes | undefined {
  const path = join(dataDir, NAME);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as DemoNotes;
  } catch (cause) {
    throw new SeracError('input.unreadable', `Cannot read ${path}: ${reasonOf(cause)}. Name another folder with --data.`, { cause });
  }
}
