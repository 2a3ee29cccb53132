import { readFileSync } from 'node:fs';

/** The kernel counts processes' time in hundredths of a second. */
const TICK_MS = 10;

/** CPU time that another process has used so far, ms, all threads; NaN where the system does not tell. */
export function processCpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return NaN;
  }
}
