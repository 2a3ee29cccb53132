import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeracError } from '../../errors.js';
import type { MarketPast } from '../../simulator/start-simulator.js';
import { isUnused } from '../../store/data-folder.js';
import { reasonOf } from '../../system-error.js';

const NAME = 'demo.json';
/** How far the market may trade beyond the last saved time; it pauses if that cannot be saved. */
const AHEAD_MS = 3_000;
const NOTE_EVERY_MS = 1_000;

/** Parameters of a demo's market needed to continue it: with the same numbers it makes the same trades. */
interface DemoNotes extends Pick<MarketPast, 'startedAtMs' | 'halts'> {
  readonly seed: number;
  readonly rate: number;
  /** It has not traded beyond this time, ms. */
  readonly untilMs: number;
}

export interface DemoWishes {
  readonly continue: boolean;
  readonly seed: number | undefined;
  readonly rate: number | undefined;
}

/**
 * The market of a data folder's demo, through all of its runs: a later run remakes the trades of the earlier ones, so that ids and prices
 * continue and the exchange still has its whole history. Between the runs the market was closed.
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
   * Starts a demo in an empty folder, or continues the one in it.
   * @param dataDir null for a demo with a temporary folder: nothing is saved, because no later run continues it
   * @throws SeracError `usage`, `conflict` or `not_found` if the folder and the options do not match
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

  /** The market's history, for the simulator to replay; the market is paused then. */
  get past(): MarketPast {
    const { startedAtMs, halts, untilMs } = this.#notes;
    return { startedAtMs, halts, haltedAtMs: untilMs };
  }

  /** The market's time, ms: this machine's, but it never goes back, and while the market trades it is never beyond the saved time. */
  readonly clock = (): number => {
    const { untilMs } = this.#notes;
    return this.#timer === null ? Math.max(Date.now(), untilMs) : Math.min(Date.now(), untilMs);
  };

  /** Marks the folder as this demo's, before anything is traded. */
  begin(): void {
    this.#write(this.#notes);
  }

  /** The market trades from a time (ms) on. Its limit is saved first: a kill at any moment leaves nothing unknown. */
  trade(fromMs: number): void {
    const { halts, untilMs } = this.#notes;
    this.#write({ ...this.#notes, halts: [...halts, [untilMs, fromMs]], untilMs: fromMs + AHEAD_MS });
    this.#timer = setInterval(() => this.#goOn(), NOTE_EVERY_MS);
  }

  /** The market is paused from a time (ms) on, for this run. */
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

/** A demo's folder may hold only a demo's trades: those of an exchange have the same names. @throws SeracError `conflict` */
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
