import process from 'node:process';

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
