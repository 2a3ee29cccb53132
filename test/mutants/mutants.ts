import { candles } from './list/candles.js';
import { coverage } from './list/coverage.js';
import { ids } from './list/ids.js';
import { pool } from './list/pool.js';
import { recorder } from './list/recorder.js';
import { repair } from './list/repair.js';
import { sinks } from './list/sinks.js';
import type { Mutant } from './mutant.js';

/** All mutants: in each something is wrong that loses trades, counts them twice, or says of a candle what is not so. */
export const mutants: readonly Mutant[] = [...ids, ...coverage, ...candles, ...pool, ...recorder, ...sinks, ...repair];
