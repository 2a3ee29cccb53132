import { tradesAndCandles } from './migrations/0001-trades-and-candles.js';
import { operation } from './migrations/0002-operation.js';
import type { Migration } from './migrations/migration.js';

/** All steps of the schema, in order. */
export const migrations: readonly Migration[] = [tradesAndCandles, operation];
