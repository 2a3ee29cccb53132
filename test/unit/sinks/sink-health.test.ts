import { describe, expect, it } from 'vitest';
import type { LaneMetrics } from '../../../src/sinks/lane-ports.js';
import { sinkHealth, STALLED_MAX_MS, WRITE_OVERDUE_MS } from '../../../src/sinks/sink-health.js';

const WELL: LaneMetrics = {
  ...{ name: 'clickhouse', state: 'accepting', batches: 9, rows: 90, retries: 3, refusals: 0, lastError: null },
  spool: null,
  triggers: { rows: 1, bytes: 0, age: 8 },
  ...{ batchesQueued: 2, bytesQueued: 20, fill: 0.1, oldestUnacknowledgedMs: 20, stalledMs: 20, writingMs: 20 },
};

const NONE = { refused: 0, 'set-aside': 0 };

describe('readiness of the store for batches', () => {
  it('is given while batches are stored, however old the queue is', () => {
    expect(sinkHealth(WELL, NONE)).toEqual({ ok: true, detail: 'accepting' });
    expect(sinkHealth({ ...WELL, oldestUnacknowledgedMs: 60_000 }, NONE).ok).toBe(true);
  });

  it('ends with the first write that fails, and says why, how much waits and how often it was tried', () => {
    const lastError = { reason: 'ClickHouse did not accept 5 rows: no rights (code 497, ACCESS_DENIED)', atMs: 0 };
    expect(sinkHealth({ ...WELL, state: 'retrying.waiting', lastError, oldestUnacknowledgedMs: 1_234 }, NONE)).toEqual({
      ok: false,
      detail:
        'a write failed: retrying; last error at 1970-01-01T00:00:00.000Z: ClickHouse did not accept 5 rows: no rights (code 497, ACCESS_DENIED); ' +
        '2 batches wait, the oldest for 1.2 s; 3 writes were retried',
    });
  });

  it('is said in words, not by the names of states', () => {
    for (const state of ['retrying.trying', 'open', 'halfOpen', 'draining.writing', 'closed'])
      expect(sinkHealth({ ...WELL, state }, NONE).detail).not.toContain(state);
    expect(sinkHealth({ ...WELL, state: 'open' }, NONE).detail).toMatch(/^the store accepts no batches/);
  });

  it('ends where nothing is answered at all', () => {
    const { ok, detail } = sinkHealth({ ...WELL, stalledMs: STALLED_MAX_MS, oldestUnacknowledgedMs: 4_000 }, NONE);
    expect(ok).toBe(false);
    expect(detail).toBe(
      'waiting for an answer of the store; no batch was stored for 1.5 s; 2 batches wait, the oldest for 4.0 s; 3 writes were retried',
    );
  });

  it('ends with a write that is overdue, though others are stored', () => {
    expect(sinkHealth({ ...WELL, writingMs: WRITE_OVERDUE_MS, oldestUnacknowledgedMs: 5_100 }, NONE)).toEqual({
      ok: false,
      detail:
        'waiting for an answer of the store; a write has not been answered for 5.0 s; ' +
        '2 batches wait, the oldest for 5.1 s; 3 writes were retried',
    });
  });

  it('tells of rows that were refused', () => {
    expect(sinkHealth(WELL, { ...NONE, refused: 7 }).detail).toBe('accepting; 7 rows were refused since the start and are kept in files');
  });

  it('tells of rows that wait on disk, and ends where the disk takes no more', () => {
    const spool = { batches: 2, rows: 500, bytes: 40_000, lastFailure: null };
    expect(sinkHealth({ ...WELL, spool }, NONE)).toEqual({
      ok: true,
      detail: 'accepting; 500 rows (40000 bytes) wait on disk and are not served yet',
    });
    const full = { ...WELL, state: 'open', spool: { ...spool, lastFailure: 'ENOSPC: no space left on device' } };
    expect(sinkHealth(full, NONE)).toMatchObject({ ok: false });
    expect(sinkHealth(full, NONE).detail).toContain('no more is put on disk: ENOSPC: no space left on device');
  });

  it('tells of rows that were set aside', () => {
    expect(sinkHealth(WELL, { ...NONE, 'set-aside': 7 }).detail).toBe(
      'accepting; 7 rows were set aside since the start: the store failed to store them, and stored others',
    );
  });
});
