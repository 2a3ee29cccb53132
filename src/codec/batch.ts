import { createHash } from 'node:crypto';
import type { Batch } from '../domain/ports.js';

/** Wraps encoded rows; the token is a hash of the bytes, so that only the very same rows sent again are dropped as a repeat. */
export function batchOf(table: Batch['table'], rows: number, bytes: Uint8Array): Batch {
  return { table, rows, format: 'ArrowStream', bytes, token: tokenOf(bytes) };
}

/** Rows that are few and varied, as JSON lines; the keys are the columns. */
export function jsonBatch(table: Batch['table'], rows: readonly object[]): Batch {
  const bytes = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n') + '\n');
  return { table, rows: rows.length, format: 'JSONEachRow', bytes, token: tokenOf(bytes) };
}

function tokenOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
