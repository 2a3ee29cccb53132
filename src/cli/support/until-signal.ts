import process from 'node:process';
import type { Daemon } from '../../daemon/daemon.js';

/** Stops the daemon at SIGTERM and SIGINT; a second signal ends it at once. */
export function untilSignal(daemon: Daemon, onSignal: (signal: string) => void): { dispose(): void } {
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
