import type { Connection } from './connection.js';

/** A stream that exists, and who listens to it. */
export class Stream {
  readonly name: string;
  readonly subscribers = new Set<Connection>();

  constructor(name: string) {
    this.name = name;
  }

  /** Sends one message to all; it is printed at most once per unit of time. */
  publish(print: (microseconds: boolean) => string): void {
    let milliseconds: string | undefined;
    let microseconds: string | undefined;
    for (const connection of this.subscribers) {
      const data = connection.microseconds ? (microseconds ??= print(true)) : (milliseconds ??= print(false));
      connection.publish(this.name, data);
    }
  }
}

/** A stream that is not made of trades one by one: it looks at the ledger each time that time has passed. */
export interface Publisher {
  readonly stream: Stream;
  /** Called while the stream has a subscriber. */
  publish(venueTimeMs: number): void;
  /** Called while it has none: what passes meanwhile is not told later. */
  idle(): void;
}
