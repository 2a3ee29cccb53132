import type { SymbolTable } from '../../domain/symbol-table.js';
import { VenueClock } from '../../domain/venue-clock.js';
import type { Decode, Venue } from '../../exchanges/venue.js';

/** Connections whose decoders are kept; the oldest is let go of first, and made anew if it speaks again. */
const DECODERS_MAX = 256;

/** How one connection is read: what its frames say, and what time it is where they come from. */
export interface ConnectionDecoder {
  readonly decode: Decode;
  readonly clock: VenueClock;
}

/** The decoders of a venue, one per connection, because a venue may number its frames and because each connection has its own delay. */
export class Decoders {
  readonly #decoders = new Map<number, ConnectionDecoder>();

  /** @param resolve canonical symbol of a venue's one; null where it is not recorded */
  constructor(
    private readonly venue: Venue,
    private readonly symbols: SymbolTable,
    private readonly maxSkewUs: number,
    private readonly resolve: (venueSymbol: string) => string | null,
  ) {}

  /** The decoder of a connection, made at first sight. */
  of(connectionId: number): ConnectionDecoder {
    let decoder = this.#decoders.get(connectionId);
    if (decoder === undefined) {
      decoder = this.#make();
      this.#decoders.set(connectionId, decoder);
      if (this.#decoders.size > DECODERS_MAX) this.#decoders.delete(this.#decoders.keys().next().value!);
    }
    return decoder;
  }

  /** The clock of a connection that has spoken. */
  clockOf(connectionId: number): VenueClock | undefined {
    return this.#decoders.get(connectionId)?.clock;
  }

  /** Our own clock gained on the monotonic one, us. */
  slewed(byUs: number): void {
    for (const { clock } of this.#decoders.values()) clock.slewed(byUs);
  }

  #make(): ConnectionDecoder {
    const { symbols } = this;
    const clock = new VenueClock(this.maxSkewUs);
    const resolve = (venueSymbol: string): number => {
      const symbol = this.resolve(venueSymbol);
      return symbol === null ? -1 : symbols.codeOf(symbol);
    };
    return { clock, decode: this.venue.decoder({ symbols, resolve, clock }) };
  }
}
