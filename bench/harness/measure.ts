import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from './contender.js';

/** Hot code is made by then. */
const WARM_MS = 120;
/** Threads that sweep behind a collection are done by then. */
const SWEEP_MS = 25;

/**
 * Results of the last runs. A collection that finds no object of a shape alive throws away the code that was made for it; a daemon
 * under load always has a block in hand, so a run must not begin without one.
 */
const kept = new Map<string, unknown>();

/** Collects the garbage of whoever ran before, so that it is not paid by the next. */
export async function settle(): Promise<void> {
  globalThis.gc?.();
  await sleep(SWEEP_MS);
}

/**
 * Times work that ends when it returns, or when its promise does, after it has been done for a while: the collection before threw away
 * the code that depends on objects of which none was alive, and other threads make it again, so that a run that began at once would pay
 * for it. A program that goes on and on does not.
 * @param before makes what the work uses up; not timed
 */
export async function measure(name: string, units: number, work: () => unknown, before: () => void = () => undefined): Promise<Run> {
  await settle();
  for (const until = performance.now() + WARM_MS; performance.now() < until;) {
    before();
    kept.set(name, await work());
  }
  before();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = work();
  kept.set(name, result instanceof Promise ? await result : result);
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { units, wallMs, cpuMs: (user + system) / 1_000 };
}
