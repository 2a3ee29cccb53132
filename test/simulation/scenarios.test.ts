import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { day } from './scenarios/day.js';
import { disconnects } from './scenarios/disconnects.js';
import { restRefused } from './scenarios/rest-refused.js';
import { selfCheck } from './scenarios/self-check.js';
import { effort } from '../support/effort.js';

/** Fresh each time; SIM_SEED repeats one. */
const SEED = Number(process.env['SIM_SEED'] ?? randomInt(2 ** 31));
/** The command runs 10,000. */
const DISCONNECTS = effort(2_000, 600);

process.stdout.write(`simulation: seed of the scenarios ${SEED}\n`);

describe('a long simulation goes as it should', () => {
  it.each([selfCheck, restRefused, disconnects(DISCONNECTS)])('$name: $about', async (scenario) => {
    expect((await scenario.run(SEED, undefined)).wrong).toEqual([]);
  });

  // The other venues have no announced shutdowns, and are run by the command.
  it(`${day.name}, at Binance: ${day.about}`, async () => {
    expect((await day.run(SEED, 'binance')).wrong).toEqual([]);
  });
});
