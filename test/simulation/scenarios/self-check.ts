import { IdIntervals, type IdRange } from '../../../src/domain/id-intervals.js';
import { Repairer } from '../../../src/recording/repair/repairer.js';
import { faultPlan } from '../../../src/simulator/faults/fault-plan.js';
import { calmPlan, calmVenue } from '../../support/simulation/calm-plan.js';
import type { Plan } from '../../support/simulation/plan.js';
import { runPlan } from '../../support/simulation/run-plan.js';
import { newTally, type Tally } from '../../support/simulation/tally.js';
import type { Scenario } from './scenario.js';

interface Sabotage {
  readonly what: string;
  /** Switches something off, until what is returned is called. */
  readonly begin: () => () => void;
  /** The lists of the verdict of which at least one has to tell. */
  readonly shows: readonly ('missing' | 'duplicates' | 'candleMismatches' | 'falselyComplete')[];
}

/** Puts something else in the place of a method, until what is returned is called. */
function replace<T extends object, K extends keyof T>(target: T, name: K, other: T[K]): () => void {
  const own = target[name];
  target[name] = other;
  return () => void (target[name] = own);
}

const sabotages: readonly Sabotage[] = [
  {
    what: 'deduplication',
    begin: () =>
      replace(IdIntervals.prototype, 'add', function (this: IdIntervals, id: number): boolean {
        this.addRange(id, id);
        return true;
      }),
    shows: ['duplicates', 'candleMismatches'],
  },
  {
    what: 'gap repair',
    begin: () => replace(Repairer.prototype, 'start', () => undefined),
    shows: ['missing'],
  },
  {
    what: 'the rule of completeness',
    begin: () => replace(IdIntervals.prototype, 'rangeOf', (): IdRange => [0, Number.MAX_SAFE_INTEGER]),
    shows: ['falselyComplete'],
  },
];

/** Frames are doubled and lost, and a connection breaks. */
function hardPlan(seed: number): Plan {
  const faults = faultPlan(seed, [
    { fault: 'duplicate', atMs: 5_000, forMs: 30_000, share: 0.5 },
    { fault: 'lose', atMs: 15_000, forMs: 3_000, share: 1 },
    { fault: 'reset', atMs: 30_000 },
  ]);
  return { ...calmPlan(seed, [{ ...calmVenue('binance', 20), faults }], 60_000), sampleEveryMs: 1_000 };
}

/** Shows that the suite can fail: what it is there to guard is switched off, each in turn, and has to be missed. */
export const selfCheck: Scenario = {
  name: 'self-check',
  about: 'deduplication, gap repair and the rule of completeness switched off in turn: each is reported',
  async run(seed) {
    const wrong: string[] = [];
    let tally: Tally = newTally();
    const sound = await runPlan(hardPlan(seed));
    if (sound.wrong.length > 0) wrong.push(`with nothing switched off: ${sound.wrong[0]!}`);
    for (const { what, begin, shows } of sabotages) {
      const end = begin();
      try {
        ({ tally } = await runPlan(hardPlan(seed)));
      } finally {
        end();
      }
      if (shows.every((list) => tally[list].length === 0)) wrong.push(`nobody missed ${what}`);
    }
    return { tally: sound.tally, wrong };
  },
};
