import { readFileSync } from 'node:fs';

/** Memory of a process in MB: what it holds now, and the most that it has held. */
export function processMemory(pid: number): { readonly nowMb: number; readonly mostMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1_024;
  return { nowMb: megabytes('VmRSS'), mostMb: megabytes('VmHWM') };
}
