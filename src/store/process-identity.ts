import { readFileSync, readlinkSync } from 'node:fs';

/** Unique identity of a process, as far as the system provides one: its leftovers may be removed once it has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks?: string;
  /** Boot id and pid namespace: elsewhere the same pid is another process. */
  readonly scope?: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const startTicks = processStartTicks(process.pid);
  const scope = pidScope();
  return {
    pid: process.pid,
    ...(startTicks === undefined ? {} : { startTicks }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Whether a process has certainly ended. One of another container, or of another boot, cannot be looked up from here. */
export function isGone({ pid, startTicks, scope }: ProcessIdentity): boolean {
  return scope === pidScope() && !isSameProcess(pid, startTicks);
}

/** Whether a value that was read from a file is an identity. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTicks, scope } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  const isText = (part: unknown): boolean => part === undefined || typeof part === 'string';
  return Number.isSafeInteger(pid) && (pid as number) > 0 && isText(startTicks) && isText(scope);
}

/** Undefined if the system does not provide it. */
function pidScope(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/**
 * When a process started, in the kernel's clock ticks since boot (`/proc/PID/stat`, field 22), or undefined if unknown (not Linux, or no
 * such process). Pids are reused; a pid with its start time is unique.
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

/** Whether the recorded process is still the one with its pid. */
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
    // EPERM: it exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
