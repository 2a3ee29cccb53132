import { readFileSync } from 'node:fs';

/**
 * When a process started, in the kernel's clock ticks since boot (`/proc/PID/stat`, field 22), or undefined where
 * that is not known (not Linux, or no such process). A pid together with it names a process for good: pids are
 * used again, pairs are not.
 */
export function processStartTicks(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses: count from the last one.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** Whether the process that was recorded is still the one that runs under its pid. */
export function isSameProcess(pid: number, startTicks: string | undefined): boolean {
  if (!isAlive(pid)) return false;
  const now = processStartTicks(pid);
  return startTicks === undefined || now === undefined || now === startTicks;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
