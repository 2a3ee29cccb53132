import type { IdRange } from '../../domain/id-intervals.js';
import type { Sink } from '../../domain/ports/sink.js';
import type { Stamps } from '../../domain/stamps.js';
import type { VenueRecorder } from '../../recording/recorder/venue-recorder.js';
import { gapsOfLost, writeGaps } from '../../recording/repair/gaps-of-commands.js';
import { GapTracker, isBounded } from '../../recording/repair/gap-tracker.js';
import type { StoreClient } from '../../store/connect-clickhouse.js';
import { openGaps } from '../../store/queries/listed-gaps.js';
import { ClickHouseRecordingStore } from '../../store/queries/recording-store.js';

/**
 * Lists the gaps that a replay found in the table `gaps`, those of trades that were stored once included, and closes those that it filled.
 * @param symbols markets that were replayed; all of their trades are stored
 */
export async function listReplayedGaps(
  recorder: VenueRecorder,
  symbols: readonly string[],
  ports: {
    readonly client: StoreClient;
    readonly sink: Sink;
    readonly stamps: Stamps;
    /** Ids, by symbol, that were stored before and are not any more. */
    readonly lost: ReadonlyMap<string, readonly IdRange[]>;
  },
): Promise<void> {
  const { client, sink, stamps, lost } = ports;
  const { nowUs } = stamps;
  const store = new ClickHouseRecordingStore(client);
  const { state, venue } = recorder;
  // A daemon may have filled some meanwhile.
  await recorder.reconciliation.takeStored(store);
  for (const symbol of new Set([...symbols, ...lost.keys()])) {
    const { seen } = state.of(state.symbols.codeOf(symbol)).coverage;
    const market = { exchange: venue.name, symbol };
    const known = await openGaps(client, market);
    const damaged = gapsOfLost(market, lost.get(symbol) ?? [], known, nowUs());
    const tracker = new GapTracker(venue.name, symbol, [...known, ...damaged].filter(isBounded));
    const words = [...damaged, ...tracker.update(seen, 'missed', nowUs())];
    await writeGaps(words, sink, stamps, store);
  }
}
