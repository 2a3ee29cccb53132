import type { VenueRecorder } from '../recording/recorder/venue-recorder.js';
import type { IdRange } from '../domain/id-intervals.js';
import type { RecordingStore } from '../recording/venue-recording.js';

/** Has a recorder take for seen what others have put into holes since those were written down: a backfill beside the last run. */
export async function adoptFilled(recorder: VenueRecorder, store: Pick<RecordingStore, 'storedWithin'>): Promise<void> {
  const holes = new Map<string, readonly IdRange[]>();
  for (const { code, coverage } of recorder.state.all()) {
    if (coverage.seen.size > 1) holes.set(recorder.state.symbols.nameOf(code), coverage.seen.holes());
  }
  if (holes.size === 0) return;
  const filled = await store.storedWithin?.(recorder.venue.name, holes);
  for (const [symbol, runs] of filled ?? []) recorder.adopt(symbol, runs);
}
