import { defineConfig } from 'vitest/config';

/** Real processes, killed and restarted: one file after another, because each of them fills the machine. */
export default defineConfig({
  test: { pool: 'forks', fileParallelism: false, include: ['test/integration/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 60_000 },
});
