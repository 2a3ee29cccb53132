import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { storeError } from '../../../src/store/damaged-parts.js';

const refused = (code: string, message: string): ClickHouseError => new ClickHouseError({ message, code, type: 'ANY' });

describe('an error of ClickHouse at the end of a command', () => {
  it('is one sentence, and names the documentation where a part is damaged', () => {
    const error = storeError(refused('40', `Checksum doesn't match: corrupted data. ${'path '.repeat(200)}\n0. a stack`));
    expect(error?.code).toBe('store.refused');
    expect(error?.message).toContain('"Damaged parts" in docs/operations.md');
    expect(error?.message).not.toContain('stack');
    expect(error?.message.length).toBeLessThan(400);
  });

  it('is found among the causes, and names its code', () => {
    const error = storeError(new Error('while reading', { cause: refused('47', 'Unknown identifier') }));
    expect(error?.message).toBe('The store refused it (code 47: Unknown identifier).');
  });

  it('is nothing where ClickHouse said nothing', () => {
    expect(storeError(new Error('a fault of ours'))).toBeUndefined();
  });
});
