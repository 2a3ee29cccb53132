import { defineConfig } from 'vitest/config';

/** Whole recordings: simulated, and real processes killed and restarted. One file after another, because each of them fills the machine. */
export default defineConfig({
  test: {
    pool: 'forks',
    fileParallelism: false,
    include: ['test/{simulation,integration}/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
