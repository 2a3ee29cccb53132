import { jsonBatch } from '../../sinks/encode-batch.js';
import { gapRow } from '../../codec/row-json.js';
import type { Gap } from '../../domain/gap.js';
import type { Sink } from '../../domain/ports/sink.js';
import type { Stamps, StampStore } from '../../domain/stamps.js';

/** Writes states of a venue's gaps for a command: a daemon beside it may have written others since the command began. */
export async function writeGaps(gaps: readonly Gap[], sink: Sink, stamps: Stamps, store: StampStore): Promise<void> {
  const [first] = gaps;
  if (first === undefined) return;
  await stamps.resume(store, first.exchange);
  const rows = gaps.map((gap) => gapRow(gap, stamps.next()));
  await sink.write(jsonBatch('gaps', rows));
}
