import type { Clock } from './clock.js';

/** Calls a function repeatedly, at this interval (ms) after each call; the returned function stops it. */
export function every(clock: Clock, periodMs: number, run: () => void): () => void {
  const again = (): void => {
    timer = clock.setTimeout(again, periodMs);
    run();
  };
  let timer = clock.setTimeout(again, periodMs);
  return () => clock.clearTimeout(timer);
}
