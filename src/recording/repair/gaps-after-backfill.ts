import type { Gap } from '../../domain/gap.js';
import type { IdIntervals, IdRange } from '../../domain/id-intervals.js';
import type { FeedId } from '../../domain/symbol.js';

/**
 * The states of a market's gaps after a backfill: filled ones are closed, and ids that the venue does not have are unrepairable.
 * @param known gaps that are not closed
 * @param seen all ids covered now
 * @param notGiven ids not available at the venue, lowest first
 */
export function wordsAfterBackfill(
  market: FeedId,
  { known, seen, notGiven, nowUs }: { known: readonly Gap[]; seen: IdIntervals; notGiven: readonly IdRange[]; nowUs: number },
): Gap[] {
  const said = known.flatMap((gap): Gap[] => {
    if (gap.last === null) return openEnded(gap, seen, nowUs);
    if (seen.countWithin(gap.first, gap.last) === gap.last - gap.first + 1) return [{ ...gap, state: 'closed', closedAt: nowUs }];
    const isGivenUp = notGiven.some(([first, last]) => first <= gap.last! && last >= gap.first);
    return isGivenUp && gap.state === 'open' ? [{ ...gap, state: 'unrepairable' }] : [];
  });
  const inside = notGiven.filter(([first, last]) => first > (seen.first ?? Infinity) && last < (seen.last ?? -1));
  const unlisted = inside.filter(([first, last]) => !known.some((gap) => gap.first <= first && (gap.last ?? Infinity) >= last));
  return [
    ...said,
    ...unlisted.map(([first, last]): Gap => ({
      ...{ ...market, first, last, reason: 'missed', state: 'unrepairable' },
      ...{ openedAt: nowUs, closedAt: null },
    })),
  ];
}

/** An open-ended shed range: the received part is closed, and the rest stays open. */
function openEnded(gap: Gap, seen: IdIntervals, nowUs: number): Gap[] {
  const run = seen.rangeOf(gap.first);
  if (run === undefined) return [];
  return [
    { ...gap, last: run[1], state: 'closed', closedAt: nowUs },
    { ...gap, first: run[1] + 1 },
  ];
}
