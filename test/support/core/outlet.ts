import { NEVER } from 'rxjs';
import type { IdRange } from '../../../src/domain/id-intervals.js';
import type { Checkpoint } from '../../../src/domain/ports/recording-store.js';
import type { Outlet, Parcel } from '../../../src/sinks/parcel.js';

/** An outlet that always has room, and gives each parcel to whoever looks at it. */
export function outletTo(take: (parcel: Parcel) => void): Outlet {
  return { send: take, flush: () => undefined, isFull: false, full$: NEVER, room: () => Promise.resolve() };
}

/** An outlet that stores everything, soon. */
export function keepingOutlet(): Outlet {
  return outletTo((parcel) => queueMicrotask(() => keep(parcel)));
}

/** All rows of a parcel are stored. */
export function keep({ rows, settled }: Parcel): void {
  settled({ stored: rows, spooled: 0, refused: [] });
}

type Pairs = readonly (readonly [string, string])[];

/** The checkpoints in a parcel, as they were before they were rows. */
export function checkpointsIn(parcel: Parcel): Omit<Checkpoint, 'lastEventTime'>[] {
  if (parcel.table !== 'checkpoints') return [];
  return parcel.lines.map((line) => {
    const { exchange, symbol, clean, ...ids } = JSON.parse(line) as Record<'exchange' | 'symbol', string> &
      Record<'covered' | 'empty' | 'rejected', Pairs> & { readonly clean: boolean };
    return { exchange, symbol, clean, covered: ranges(ids.covered), empty: ranges(ids.empty), rejected: ranges(ids.rejected) };
  });
}

function ranges(pairs: Pairs): IdRange[] {
  return pairs.map(([first, last]) => [Number(first), Number(last)]);
}
