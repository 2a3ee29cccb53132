import { constants } from 'node:os';
import process from 'node:process';

export interface StopSignal {
  /** Aborted by SIGTERM or SIGINT, with the signal's name as the reason. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * The first SIGTERM or SIGINT asks a command to end in order; the second one ends the process at once, as if nothing listened.
 * @param onSignal told of the first
 */
export function stopSignal(onSignal: (name: string) => void): StopSignal {
  const controller = new AbortController();
  const dispose = (): void => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  };
  const stop = (name: NodeJS.Signals): void => {
    dispose();
    controller.abort(name);
    onSignal(name);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return { signal: controller.signal, dispose };
}

/** Stops the daemon at SIGTERM and SIGINT; a second signal ends it at once. */
export function untilSignal(daemon: { stop(): Promise<unknown> }, onSignal: (signal: string) => void): { dispose(): void } {
  const stop = (signal: NodeJS.Signals): void => {
    onSignal(signal);
    void daemon.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return {
    dispose() {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
    },
  };
}

/** The exit code of a command that failed, or that a signal stopped: 128 and its number, as shells have it. */
export function exitCodeOf(stoppedBy: string | null): number {
  return stoppedBy === null ? 1 : 128 + constants.signals[stoppedBy as NodeJS.Signals];
}
