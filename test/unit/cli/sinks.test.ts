import { expect, it } from 'vitest';
import { sinkRow } from '../../../src/cli/sinks.js';
import { sinkJson } from '../../../src/codec/json/sink-json.js';
import { sink } from '../api/support/samples.js';

it('a table shows of a sink each number in a column, and what is not 0 of the rest', () => {
  expect(sinkRow(sinkJson(sink({ queued: { batches: 1, bytes: 4_096, fill: 1 / 256 } }), 'rfc3339'))).toEqual({
    ...{ name: 'clickhouse', state: 'accepting', ok: true, detail: 'accepting', batches: 40, rows: 1_200, retries: 1, refusals: 2 },
    ...{ queued_batches: 1, queued_bytes: 4_096, fill: 0.004, oldest_unacknowledged_ms: 12 },
    ...{ made: 'rows 3, age 38', kept: 'refused 2, set_aside 1', last_error: '2024-08-08T23:58:00.000000Z It is away.' },
  });
  expect(sinkRow(sinkJson(sink({ lastError: null }), 'rfc3339')).last_error).toBeNull();
});
