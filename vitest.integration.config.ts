import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that hold times, memory or throughput against a bound, or need the whole machine: what runs beside them would be measured too. */
const MEASURED = ['heavy-readers', 'many-symbols', 'overload', 'stalled-sink', 'store-kill'].map(
  (name) => `test/integration/${name}.test.ts`,
);

/** The simulations for which time passes. */
const ON_SOCKETS = 'test/simulation/sockets.test.ts';

/** Those that take longest begin first: none of them is left to run alone in the end. */
const LONGEST = ['lost-trades', 'backfill', 'replay', 'damaged-store', 'demo', 'daemon-store-kill', 'daemon-kill', 'replay-kill'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): readonly [number, number] => {
      const at = LONGEST.indexOf(basename(moduleId, '.test.ts'));
      return [project.config.sequence.groupOrder, at === -1 ? LONGEST.length : at];
    };
    return (await super.sort(files))
      .map((file) => ({ file, place: place(file) }))
      .sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1])
      .map(({ file }) => file);
  }
}

/**
 * Whole recordings: simulated, and real processes killed and restarted. One group after another; of those that mostly wait for their
 * processes three files at a time, on two cores.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      group('simulation', 0, { include: ['test/simulation/**/*.test.ts'], exclude: [ON_SOCKETS], maxWorkers: 2 }),
      group('processes', 1, { include: ['test/integration/**/*.test.ts', ON_SOCKETS], exclude: MEASURED, maxWorkers: 3 }),
      group('measured', 2, { include: MEASURED, maxWorkers: 1 }),
    ],
  },
});

function group(name: string, groupOrder: number, files: { include: string[]; exclude?: string[]; maxWorkers: number }) {
  return { extends: true as const, test: { name, sequence: { groupOrder }, ...files } };
}
