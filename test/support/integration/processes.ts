import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs. A dead child that nobody has waited for yet is a zombie, which answers signals but is no process any more. */
export function isAlive(pid: number): boolean {
  const state = /^State:\s+(\S)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Living processes whose parent is this one. */
export function childrenOf(parent: number): number[] {
  return livingPids().filter((pid) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]) === parent);
}

/** Living processes that name something in their command line: a data folder, for instance. */
export function processesNaming(text: string): number[] {
  return livingPids().filter((pid) => read(`/proc/${pid}/cmdline`).includes(text));
}

function livingPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(isAlive);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
