import { gapRow } from '../../codec/row-json.js';
import type { Gap } from '../../domain/gap.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import type { Sink } from '../../domain/ports/sink.js';
import type { Stamps, StampStore } from '../../domain/stamps.js';
import type { FeedId } from '../../domain/symbol.js';
import { jsonBatch } from '../../sinks/encode-batch.js';

/**
 * The gaps to be listed of ids that were stored and are not any more.
 * @param lost lowest first
 * @param known gaps of the market that are not closed: what they list is not listed twice
 */
export function gapsOfLost(market: FeedId, lost: Iterable<IdRange>, known: readonly Gap[], nowUs: number): Gap[] {
  const listed = new IdIntervals(known.map(({ first, last }): IdRange => [first, last ?? Number.MAX_SAFE_INTEGER]));
  const unlisted = new IdIntervals(lost).without(listed).ranges();
  return unlisted.map(([first, last]): Gap => ({
    ...{ exchange: market.exchange, symbol: market.symbol, first, last },
    ...{ reason: 'damaged', state: 'open', openedAt: nowUs, closedAt: null },
  }));
}

/** All ids of a market that were stored and are not: those that a checkpoint still names, and those that gaps list as damaged. */
export function lostIds(lost: Iterable<IdRange>, known: readonly Gap[], seen: IdIntervals): IdIntervals {
  const ids = new IdIntervals(lost);
  for (const { reason, first, last } of known) if (reason === 'damaged' && last !== null) ids.addAll(seen.missingWithin(first, last));
  return ids;
}

/** Writes states of a venue's gaps for a command: a daemon beside it may have written others since the command began. */
export async function writeGaps(gaps: readonly Gap[], sink: Sink, stamps: Stamps, store: StampStore): Promise<void> {
  const [first] = gaps;
  if (first === undefined) return;
  await stamps.resume(store, first.exchange);
  const rows = gaps.map((gap) => gapRow(gap, stamps.next()));
  await sink.write(jsonBatch('gaps', rows));
}
