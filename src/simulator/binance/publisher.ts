import type { Stream } from './stream.js';

/** A stream that is not made of trades one by one: it looks at the ledger each time that time has passed. */
export interface Publisher {
  readonly stream: Stream;
  /** Called while the stream has a subscriber. */
  publish(venueTimeMs: number): void;
  /** Called while it has none: what passes meanwhile is not told later. */
  idle(): void;
}
