import { basename } from 'node:path';
import type { UnusableFile } from '../sinks/batch-files.js';

/** Log sentence of an unusable file in `unwritten/`: what it held, by its table, and what happens to it. */
export function unusableWords(kind: UnusableFile['kind'], path: string): string {
  if (kind === 'foreign') return 'a file in unwritten/ is not from Serac; it is left in place';
  const [table = ''] = basename(path).split('-', 1);
  const { what, then } = HELD[table] ?? { what: `rows of ${table}`, then: 'are missing' };
  if (kind === 'damaged') return `a file in unwritten/ is damaged and was set aside; its ${what} ${then}`;
  if (kind === 'refused') return `the store refused rows of a file of the last run; they are kept in refused/: its ${what} ${then}`;
  if (kind === 'waiting')
    return `the store does not take a file in unwritten/ now; it is kept for the next start, and until then its ${what} ${then}`;
  return `a file in unwritten/ cannot be read; it is kept for the next start, and until then its ${what} ${then}`;
}

const HELD: Readonly<Record<string, { readonly what: string; readonly then: string }>> = {
  trades_data: { what: 'trades', then: 'are missing, and count as a gap' },
  candles_data: { what: 'candles', then: 'are missing; their trades may be stored: `serac verify` says which, and --fix recomputes them' },
};
