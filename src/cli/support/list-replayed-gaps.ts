import type { ClickHouseClient } from '@clickhouse/client';
import { jsonBatch } from '../../codec/batch.js';
import { gapRow } from '../../codec/row-json.js';
import type { Sink } from '../../domain/ports/sink.js';
import { adoptFilled, type VenueRecorder } from '../../recording/recorder/venue-recorder.js';
import { GapBook, type Gap } from '../../recording/repair/gap-tracker.js';
import { listedGaps } from '../../store/queries/listed-gaps.js';
import { ClickHouseRecordingStore } from '../../store/queries/recording-store.js';

/** Gaps of a market that are read to be compared; one with more has no use for a list of them. */
const GAPS_MAX = 100_000;

/**
 * Lists the gaps that a replay found in the table `gaps`, and closes those that it filled.
 * @param symbols markets that were replayed; all of their trades are stored
 */
export async function listReplayedGaps(
  recorder: VenueRecorder,
  symbols: readonly string[],
  { client, sink, nowUs }: { readonly client: ClickHouseClient; readonly sink: Sink; readonly nowUs: () => number },
): Promise<void> {
  const { state, venue } = recorder;
  // A daemon beside the replay may have filled some meanwhile.
  await adoptFilled(recorder, new ClickHouseRecordingStore(client));
  for (const symbol of symbols) {
    const listed = await listedGaps(client, { exchange: venue.name, symbol, states: ['open', 'unrepairable'], limit: GAPS_MAX });
    const known = listed.flatMap(({ last, reason, ...gap }): Gap[] =>
      last === null ? [] : [{ ...gap, last, reason: reason as Gap['reason'] }],
    );
    const changed = new GapBook(venue.name, symbol, known).update(state.of(state.symbols.codeOf(symbol)).coverage.seen, 'missed', nowUs());
    if (changed.length > 0)
      await sink.write(
        jsonBatch(
          'gaps',
          changed.map((gap) => gapRow(gap, nowUs())),
        ),
      );
  }
}
