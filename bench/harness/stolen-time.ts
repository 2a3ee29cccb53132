import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Of the first line of /proc/stat: hundredths of a second in which a core was wanted here, and the host had others run on it. */
const STEAL = 8;
const TICK_MS = 10;

/** Says how much of the cores' time the machine's host gives to others from now on: that is in no process's CPU time, and in each latency. */
export function watchStolenTime(): () => string[] {
  const began = performance.now();
  const before = stolenMs();
  return () => {
    const now = stolenMs();
    if (before === undefined || now === undefined) return [];
    const percent = (100 * (now - before)) / (cpus().length * (performance.now() - began));
    return [`The machine's host kept back ${percent.toFixed(1)}% of the cores' time meanwhile.`];
  };
}

/** Undefined where the system does not tell. */
function stolenMs(): number | undefined {
  try {
    const [all = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    return Number(all.split(/ +/)[STEAL]) * TICK_MS;
  } catch {
    return undefined;
  }
}
