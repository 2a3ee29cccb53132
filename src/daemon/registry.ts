import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** One registry per daemon; it includes process metrics (event loop delay, heap). */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Values counted elsewhere and read at each scrape: nothing is done per trade. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly read: () => Iterable<readonly [labels: Record<string, string>, value: number]>;
}

export function addReading(registry: Registry, { name, help, kind, labels, read }: Reading): void {
  if (kind === 'gauge') {
    new Gauge({
      ...{ name, help, labelNames: [...labels], registers: [registry] },
      collect() {
        this.reset();
        for (const [of, value] of read()) this.set(of, value);
      },
    });
    return;
  }
  new Counter({
    ...{ name, help, labelNames: [...labels], registers: [registry] },
    collect() {
      this.reset();
      for (const [of, value] of read()) this.inc(of, value);
    },
  });
}
