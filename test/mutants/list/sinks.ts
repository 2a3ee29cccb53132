import type { Mutant } from '../mutant.js';

const SINK = ['test/unit/sinks/clickhouse-sink.test.ts'];
const FILES = ['test/unit/sinks/batch-files.test.ts'];

/** Ways to the store, and what its answers mean. */
export const sinks: readonly Mutant[] = [
  {
    name: 'gathered trades do not make room when a lane is full',
    file: 'src/sinks/lane.ts',
    find: "if (this.#queue.isFull) this.#queue.flushAll('bytes', now);",
    replace: '',
    tests: ['test/unit/sinks/lane.test.ts'],
  },
  {
    name: 'a batch that fails holds up those behind it',
    file: 'src/sinks/lane-queue.ts',
    find: 'batch.failures < next.failures',
    replace: 'false',
    tests: ['test/unit/sinks/lane-writes.test.ts'],
  },
  {
    name: 'a batch grows while it is encoded',
    file: 'src/sinks/lane-queue.ts',
    find: 'batch === undefined || batch.isStarted ||',
    replace: 'batch === undefined ||',
    tests: ['test/unit/sinks/lane.test.ts'],
  },
  {
    name: 'a batch that was refused counts as stored',
    file: 'src/sinks/lane.ts',
    find: 'tellParcels(queued.parcels, refused);',
    replace: 'tellParcels(queued.parcels, []);',
    tests: ['test/unit/sinks/lane.test.ts'],
  },
  {
    name: 'an insert counts as stored though rows of it are missing',
    file: 'src/sinks/clickhouse-sink.ts',
    find: 'if (!(written >= batch.rows))',
    replace: 'if (written < 0)',
    tests: SINK,
  },
  {
    name: 'an insert counts as stored though its answer tells of a failure',
    file: 'src/sinks/clickhouse-sink.ts',
    find: "if (body !== '')",
    replace: 'if (false)',
    tests: SINK,
  },
  {
    name: 'a refusal is believed at once',
    file: 'src/sinks/clickhouse-sink.ts',
    find: 'const REFUSALS_TO_BELIEVE = 2',
    replace: 'const REFUSALS_TO_BELIEVE = 1',
    tests: SINK,
  },
  {
    name: 'a damaged disk counts as a refusal',
    file: 'src/sinks/word-on-data.ts',
    find: "if (isShared && !WHILE_READING_INPUT.test(thrown.message)) return 'none';",
    replace: '',
    tests: SINK,
  },
  {
    name: 'a file that was changed is stored',
    file: 'src/sinks/batch-files.ts',
    find: 'if (batchToken(bytes) !== token)',
    replace: 'if (false)',
    tests: FILES,
  },
  {
    name: 'a file that a store that is away did not take is a refusal',
    file: 'src/sinks/batch-files.ts',
    find: 'if (!(error instanceof SeracError) || error.retryable)',
    replace: 'if (error === null)',
    tests: FILES,
  },
];
