import { defineConfig } from 'vitest/config';

/** Files that hold times, memory or throughput against a bound, or need the whole machine: what runs beside them would be measured too. */
const MEASURED = ['heavy-readers', 'many-symbols', 'overload', 'stalled-sink', 'store-kill'].map(
  (name) => `test/integration/${name}.test.ts`,
);

/** The simulations for which time passes. */
const ON_SOCKETS = 'test/simulation/sockets.test.ts';

/** Whole recordings: simulated, and real processes killed and restarted. One group after another, the files of a group two at a time at most. */
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 60_000,
    projects: [
      group('simulation', 0, { include: ['test/simulation/**/*.test.ts'], exclude: [ON_SOCKETS], maxWorkers: 2 }),
      group('processes', 1, { include: ['test/integration/**/*.test.ts', ON_SOCKETS], exclude: MEASURED, maxWorkers: 2 }),
      group('measured', 2, { include: MEASURED, maxWorkers: 1 }),
    ],
  },
});

function group(name: string, groupOrder: number, files: { include: string[]; exclude?: string[]; maxWorkers: number }) {
  return { extends: true as const, test: { name, sequence: { groupOrder }, ...files } };
}
