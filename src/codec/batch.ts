import { createCipheriv } from 'node:crypto';
import type { Batch } from '../domain/ports/sink.js';

/** Wraps encoded rows; the token is a hash of the bytes, so that only identical rows sent again are dropped as duplicates. */
export function batchOf(table: Batch['table'], rows: number, bytes: Uint8Array): Batch {
  return { table, rows, format: 'ArrowStream', bytes, token: batchToken(bytes) };
}

/** Few and varied rows, as JSON lines; the keys are the columns. */
export function jsonBatch(table: Batch['table'], rows: readonly object[]): Batch {
  return linesBatch(
    table,
    rows.map((row) => JSON.stringify(row)),
  );
}

/** The same of rows that are lines of JSON already. */
export function linesBatch(table: Batch['table'], lines: readonly string[]): Batch {
  const bytes = Buffer.from(lines.join('\n') + '\n');
  return {
    ...{ table, rows: lines.length, format: 'JSONEachRow', bytes, token: batchToken(bytes) },
    // From the bytes: the rows themselves need not stay in memory for what hardly ever happens.
    part: (from, to) => ({ ...linesBatch(table, bytes.toString().split('\n').slice(from, to)), isPart: true }),
  };
}

const KEY = Buffer.from('serac batch 0001', 'latin1');
const NONCE = Buffer.alloc(12);

/**
 * Identifies these bytes: a 128-bit hash, the same in every process, as 32 hexadecimal digits. It is the authenticator of AES-GCM (GMAC),
 * because processors compute it four times as fast as SHA-1. The key is not secret: an attacker who chose every byte of a batch could make
 * two with one token, but a batch holds our own receive times and connection ids.
 */
export function batchToken(bytes: Uint8Array): string {
  const cipher = createCipheriv('aes-128-gcm', KEY, NONCE);
  cipher.setAAD(bytes);
  cipher.final();
  return cipher.getAuthTag().toString('hex');
}
