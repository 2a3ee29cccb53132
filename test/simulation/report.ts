import { newTally, type Tally } from '../support/simulation/tally.js';

/** Of a failing run, so many mistakes are told. */
const TOLD_MAX = 5;
const EVERY = 10;

interface Result {
  readonly tally: Tally;
  readonly wrong: readonly string[];
}

type Count = { [K in keyof Tally]: Tally[K] extends number ? K : never }[keyof Tally];
type List = { [K in keyof Tally]: Tally[K] extends string[] ? K : never }[keyof Tally];

const COUNTS: readonly Count[] = [
  ...(['emitted', 'stored', 'redelivered', 'candles', 'proven', 'samples', 'provenServed', 'disconnects'] as const),
  ...(['gapsOpened', 'gapsClosed', 'kills', 'stops', 'failedStarts', 'spooled', 'spoiled', 'listedMissing', 'virtualMs'] as const),
];
const LISTS: readonly List[] = ['missing', 'duplicates', 'candleMismatches', 'falselyComplete', 'troubles'];

/** Tells how runs go, on standard error, and what they came to, as one document or in words. */
export class Report {
  readonly #total = newTally();
  readonly #failed = new Set<number>();
  readonly #began = performance.now();
  #runs = 0;
  #planned = 1;

  constructor(
    private readonly json: boolean,
    private readonly replayOf: (seed: number, onSockets: boolean) => string,
  ) {}

  say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  begin(base: number, count: number): void {
    this.#planned = count;
    this.say(count === 1 ? `seed ${base}` : `base seed ${base}: ${count} runs, seeds ${base} to ${base + count - 1}`);
  }

  add(seed: number, { tally, wrong }: Result, onSockets = false): void {
    this.#runs += 1;
    for (const name of COUNTS) this.#total[name] += tally[name];
    for (const name of LISTS) this.#total[name].push(...tally[name]);
    if (wrong.length > 0) {
      this.#failed.add(seed);
      const how = onSockets ? ' on sockets' : '';
      this.say(`seed ${seed}${how} FAILED, ${wrong.length} mistakes; it fails again with: ${this.replayOf(seed, onSockets)}`);
      for (const what of wrong.slice(0, TOLD_MAX)) this.say(`  ${what}`);
    } else if (this.#runs % EVERY === 0) {
      const seconds = (performance.now() - this.#began) / 1_000;
      this.say(`${this.#runs} of ${this.#planned} runs, ${this.#failed.size} failed, ${seconds.toFixed(0)} s`);
    }
  }

  /** @returns whether all runs went as they should */
  end(): boolean {
    const ok = this.#failed.size === 0;
    const total = this.#total;
    const { emitted, stored, disconnects, gapsOpened, gapsClosed, ...more } = Object.fromEntries(
      COUNTS.map((name) => [name, total[name]]),
    ) as Record<Count, number>;
    const lists = Object.fromEntries(LISTS.map((name) => [name, total[name].length])) as Record<List, number>;
    const { missing, duplicates, candleMismatches, falselyComplete, troubles } = lists;
    const document = {
      ...{ ok, runs: this.#runs, failedSeeds: [...this.#failed], emitted, stored, missing, duplicates, candleMismatches, falselyComplete },
      ...{ disconnects, gapsOpened, gapsClosed, troubles, ...more },
    };
    if (this.json) process.stdout.write(`${JSON.stringify(document)}\n`);
    else for (const [name, value] of Object.entries(document)) process.stdout.write(`${name.padEnd(18)}${String(value)}\n`);
    return ok;
  }
}
