import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { aggTradeFields } from './agg-trade-fields.js';
import type { Publisher } from './publisher.js';
import { Stream } from './stream.js';

/** The last aggregate may still grow while trades of its time are being published. */
const SETTLE_MS = 100;

/** `<symbol>@aggTrade`: from the first subscription on, each aggregate once it is over. */
export class AggTradePublisher implements Publisher {
  readonly stream: Stream;
  readonly #ledger: SymbolLedger;
  #next: number | null = null;

  constructor(ledger: SymbolLedger) {
    this.stream = new Stream(`${ledger.instrument.symbol.toLowerCase()}@aggTrade`);
    this.#ledger = ledger;
  }

  idle(): void {
    this.#next = null;
  }

  publish(venueTimeMs: number): void {
    const { aggregates, trades, instrument } = this.#ledger;
    const { length } = aggregates;
    for (this.#next ??= length; this.#next < length; this.#next++) {
      const aggregate = aggregates.at(this.#next);
      const timeUs = trades.timeUs(aggregate.firstRow);
      if (this.#next === length - 1 && venueTimeMs * 1_000 < timeUs + SETTLE_MS * 1_000) return;
      this.stream.publish((microseconds) => {
        const eventTime = microseconds ? venueTimeMs * 1_000 : venueTimeMs;
        const fields = JSON.stringify(aggTradeFields(this.#ledger, aggregate, microseconds)).slice(1);
        return `{"e":"aggTrade","E":${eventTime},"s":"${instrument.symbol}",${fields}`;
      });
    }
  }
}
