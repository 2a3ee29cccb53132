import { jsonBatch } from '../../codec/batch.js';
import { gapRow } from '../../codec/row-json.js';
import type { Sink } from '../../domain/ports/sink.js';
import { markExternallyStored, type VenueRecorder } from '../../recording/recorder/venue-recorder.js';
import { GapTracker, isBounded } from '../../recording/repair/gap-tracker.js';
import type { StoreClient } from '../../store/connect-clickhouse.js';
import { openGaps } from '../../store/queries/listed-gaps.js';
import { ClickHouseRecordingStore } from '../../store/queries/recording-store.js';

/**
 * Lists the gaps that a replay found in the table `gaps`, and closes those that it filled.
 * @param symbols markets that were replayed; all of their trades are stored
 */
export async function listReplayedGaps(
  recorder: VenueRecorder,
  symbols: readonly string[],
  { client, sink, nowUs }: { readonly client: StoreClient; readonly sink: Sink; readonly nowUs: () => number },
): Promise<void> {
  const { state, venue } = recorder;
  // A daemon beside the replay may have filled some meanwhile.
  await markExternallyStored(recorder, new ClickHouseRecordingStore(client));
  for (const symbol of symbols) {
    const known = (await openGaps(client, { exchange: venue.name, symbol })).filter(isBounded);
    const changed = new GapTracker(venue.name, symbol, known).update(
      state.of(state.symbols.codeOf(symbol)).coverage.seen,
      'missed',
      nowUs(),
    );
    if (changed.length > 0)
      await sink.write(
        jsonBatch(
          'gaps',
          changed.map((gap) => gapRow(gap, nowUs())),
        ),
      );
  }
}
