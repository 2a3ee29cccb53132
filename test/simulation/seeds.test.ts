import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { randomPlan } from '../support/simulation/random-plan.js';
import { runPlan } from '../support/simulation/run-plan.js';
import { effort } from '../support/effort.js';

const RUNS_PER_TEST = 10;
const RUNS = RUNS_PER_TEST * effort(10, 4);
/** Fresh each time; SIM_SEED repeats one. */
const BASE = Number(process.env['SIM_SEED'] ?? randomInt(2 ** 31));

process.stdout.write(`simulation: base seed ${BASE}, ${RUNS} runs\n`);

describe('recordings with faults, kills and storms drawn by lot are what was traded', () => {
  const bases = Array.from({ length: RUNS / RUNS_PER_TEST }, (_, at) => BASE + at * RUNS_PER_TEST);
  it.each(bases)('seeds from %i on', async (base) => {
    const failed: string[] = [];
    for (let seed = base; seed < base + RUNS_PER_TEST; seed++) {
      const { wrong } = await runPlan(randomPlan(seed));
      if (wrong.length > 0) failed.push(`npm run sim -- --seed ${seed}\n  ${wrong.slice(0, 3).join('\n  ')}`);
    }
    expect(failed.join('\n')).toBe('');
  });
});
