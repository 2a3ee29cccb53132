import { connectable, filter, map, merge, Subject, type Observable, type Subscription } from 'rxjs';
import type { FrameBlock } from '../domain/frame-block.js';
import type { Reject } from '../domain/reject.js';
import type { Control, Decode, Decoded, LostFrames } from '../exchanges/venue.js';
import { decodeFrames, type DecodedBlock, type DecodePool } from './decode-frames.js';
import { dedup, type Deduped } from './dedup.js';
import { foldCandles, type Folded, type TimeAdvance } from './fold-candles.js';
import type { FarIds } from './far-ids.js';
import type { MarketState } from './market-state.js';

export interface PipelineOptions {
  readonly state: MarketState;
  readonly decode: Decode;
  readonly allowedLatenessUs: number;
  /** Judges ids that are far from all known ones; default: all are accepted. */
  readonly farIds?: FarIds;
  /** Threads for large blocks; default: none. */
  readonly pool?: DecodePool;
  /** Called when the number of blocks that wait for a thread changes. */
  readonly onWaiting?: (blocks: number) => void;
}

/** The outputs for a venue's frames. Subscribe first, then connect: nothing is parsed, folded or deduplicated twice. */
export interface PipelineOutput {
  readonly decoded$: Observable<Decoded>;
  /** New trades without duplicates, with facts about their ids. */
  readonly trades$: Observable<Deduped>;
  /** Final and revised candles. */
  readonly candles$: Observable<Folded>;
  readonly rejects$: Observable<readonly Reject[]>;
  readonly controls$: Observable<{ readonly connectionId: number; readonly controls: readonly Control[] }>;
  /** Frames that the venue numbered and that never came. */
  readonly lostFrames$: Observable<{ readonly connectionId: number; readonly lost: LostFrames }>;
  connect(): Subscription;
}

/**
 * What happens to a venue's frames. Read it top to bottom.
 * @param frames$ frame blocks in order of arrival
 * @param pages$ blocks from REST, which are decoded already
 * @param timeAdvances$ venue time that passes without trades
 */
export function pipeline(
  frames$: Observable<FrameBlock>,
  pages$: Observable<Decoded>,
  timeAdvances$: Observable<TimeAdvance>,
  { state, decode, allowedLatenessUs, farIds, pool, onWaiting }: PipelineOptions,
): PipelineOutput {
  const decoding = decodeFrames(decode, pool ?? null, onWaiting ?? (() => undefined));
  const decoded$ = publish<DecodedBlock>(merge(frames$.pipe(decoding), pages$)); // bytes to columns; what cannot be read becomes a reject
  const trades$ = publish(decoded$.pipe(dedup(state, farIds ?? null))); //  exact, by id: at-least-once delivery becomes exactly once
  const candles$ = publish(
    merge(trades$, timeAdvances$).pipe(foldCandles(state, allowedLatenessUs)), // every interval, closed by proof or by the watermark
  );
  const lostFrames$ = publish(
    decoded$.pipe(
      filter(({ lostFrames }) => lostFrames !== undefined),
      map(({ trades: { connectionId }, lostFrames }) => ({ connectionId, lost: lostFrames! })),
    ),
  );
  return {
    decoded$,
    trades$,
    candles$,
    rejects$: decoded$.pipe(
      map((decoded) => decoded.rejects),
      filter((rejects) => rejects.length > 0),
    ),
    controls$: decoded$.pipe(
      filter((decoded) => decoded.controls.length > 0),
      map((decoded) => ({ connectionId: decoded.trades.connectionId, controls: decoded.controls })),
    ),
    lostFrames$,
    connect() {
      const subscription = candles$.connect();
      subscription.add(trades$.connect());
      // After trades$: frames received after the loss carry trades, and those are delivered first.
      subscription.add(lostFrames$.connect());
      subscription.add(decoded$.connect());
      return subscription;
    },
  };
}

/** A single subscription to the source, for any number of subscribers, started by connect(). */
function publish<T>(source$: Observable<T>) {
  return connectable(source$, { connector: () => new Subject<T>(), resetOnDisconnect: false });
}
