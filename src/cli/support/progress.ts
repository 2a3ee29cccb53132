import process from 'node:process';
import { SingleBar } from 'cli-progress';

export interface Progress {
  update(value: number): void;
  stop(): void;
}

/** A progress bar on standard error if it is a terminal. */
export function openProgress(total: number, unit: string, divisor: number): Progress {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: `{bar} {percentage}% | {done}/{all} ${unit} | {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  const all = (total / divisor).toFixed(1);
  bar.start(total, 0, { done: '0', all });
  return {
    update: (value) => bar.update(value, { done: (value / divisor).toFixed(1), all }),
    stop: () => bar.stop(),
  };
}
