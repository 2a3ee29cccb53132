import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import decodeTask from '../../../src/workers/decode-task.js';
import type { DecodeResult, DecodeTask } from '../../../src/workers/task.js';

/** As the threads of the product do it, but that the first of all tasks kills its thread. */
export default function dyingTask(task: DecodeTask): DecodeResult {
  const died = process.env['SERAC_TEST_DIED']!;
  if (existsSync(died)) return decodeTask(task);
  writeFileSync(died, '');
  process.exit(1);
}
