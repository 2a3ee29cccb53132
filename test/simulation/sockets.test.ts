import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { runOnSockets } from './sockets/run-on-sockets.js';

const RUNS = 3;
/** Fresh each time; SIM_SEED repeats one. */
const BASE = Number(process.env['SIM_SEED'] ?? randomInt(2 ** 31));

it(`recordings through real sockets and the embedded store are what was traded (seeds from ${BASE} on)`, async () => {
  const wrong: string[] = [];
  const seeds = Array.from({ length: RUNS }, (_, at) => BASE + at);
  await runOnSockets(seeds, undefined, (seed, result) => wrong.push(...result.wrong.map((what) => `seed ${seed}: ${what}`)));
  expect(wrong).toEqual([]);
});
