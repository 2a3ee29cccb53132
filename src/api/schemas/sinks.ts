import { Type } from 'typebox';
import { Field } from './common.js';

export const SinkSchema = Type.Object({
  name: Type.String({ description: 'The value of the label sink of the metrics serac_sink_*.' }),
  state: Type.String({
    description: 'accepting, retrying.waiting, retrying.trying, open, halfOpen, draining.writing, draining.waiting or closed.',
  }),
  ok: Type.Boolean({ description: 'Whether it accepts batches, and answers in time.' }),
  detail: Type.String({ description: 'How it does, as a sentence.' }),
  batches: Field.count('Batches acknowledged since the start.'),
  rows: Field.count('Rows acknowledged since the start.'),
  retries: Field.count('Writes that failed and were retried since the start.'),
  refusals: Field.count('Batches of which rows were refused or set aside since the start.'),
  made: Type.Object(
    {
      rows: Field.count('Because of the number of their rows.'),
      bytes: Field.count('Because of their size, or because the queue was full.'),
      age: Field.count('Because their rows had waited long enough.'),
    },
    { description: 'Batches made since the start, by trigger.' },
  ),
  queued: Type.Object(
    {
      batches: Field.count('Batches that wait or are being written.'),
      bytes: Field.count('Their size in memory.'),
      fill: Type.Number({ minimum: 0, maximum: 1, description: 'Part of the bounds of the queue that is in use.' }),
    },
    { description: 'What is not acknowledged.' },
  ),
  oldest_unacknowledged_ms: Field.count('Age of the oldest unacknowledged batch; 0 if there is none.'),
  last_error: Type.Union(
    [Type.Object({ reason: Type.String({ description: 'The error as a sentence.' }), at: Field.time('When it came.') }), Type.Null()],
    { description: 'The last write error; null once a write succeeds.' },
  ),
  kept: Type.Object(
    {
      unwritten: Field.count('Rows for which the sink was not available at the stop; the next start stores them.'),
      refused: Field.count('Rows that the sink refused.'),
      set_aside: Field.count('Rows that the sink failed to store again and again while it stored others.'),
    },
    { description: 'Rows written to files since the start because they could not be stored.' },
  ),
});
