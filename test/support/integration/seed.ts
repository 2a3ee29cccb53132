import process from 'node:process';
import { Random } from '../core/random.js';

/** A source of randomness that says which seed replays it: `SEED=n`. */
export function seeded(name: string): Random & { readonly seed: number } {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  process.stdout.write(`${name}: SEED=${seed}\n`);
  return Object.assign(new Random(seed), { seed });
}
