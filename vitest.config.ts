import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Folders of test/unit whose files touch nothing but what they make: no environment, no module in another's place, no process. Each of
 * these files is imported into the modules that the one before it has loaded, which takes half of the time.
 */
const TOGETHER = [
  ...(['actors', 'api', 'codec', 'domain', 'exchanges', 'machines', 'reading'] as const),
  ...(['recording', 'simulator', 'sinks', 'sources', 'streams'] as const),
].map((folder) => `test/unit/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    pool: 'forks',
    // On two cores Vitest's own number is one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ['test/{unit,property,contract}/**/*.test.ts'], exclude: TOGETHER } },
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
    ],
  },
});
