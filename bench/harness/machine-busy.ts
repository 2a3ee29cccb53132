import { cpus } from 'node:os';

/** CPU time that all processes of the machine have used since it started, ms: shows how much of it others had during a run. */
export function machineBusyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
