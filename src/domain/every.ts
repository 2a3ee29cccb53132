import type { Clock } from './clock.js';

/** Runs something again and again, so long (ms) after one another; the answer ends it. */
export function every(clock: Clock, periodMs: number, run: () => void): () => void {
  const again = (): void => {
    timer = clock.setTimeout(again, periodMs);
    run();
  };
  let timer = clock.setTimeout(again, periodMs);
  return () => clock.clearTimeout(timer);
}
