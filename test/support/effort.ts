import process from 'node:process';

/** A tenth of the nightly's rounds: what each change is asked, and what a developer waits for. */
const USUAL = 0.1;
const MAX = 1_000;

const share = Number(process.env['SERAC_EFFORT'] ?? USUAL);
if (!(share > 0 && share <= MAX))
  throw new Error(`SERAC_EFFORT is the share of the nightly's rounds, above 0 and up to ${MAX}: 1 is all of them.`);

/**
 * How many rounds, seeds or runs a test has: so many at an effort of 1, in proportion at another, and never fewer than the least. A
 * property that costs little keeps a hundred.
 */
export function effort(full: number, least = Math.min(full, 100)): number {
  return Math.max(least, Math.round(full * share));
}
