import type { Aggregate } from '../ledger/aggregate-book.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { fixedSum } from './decimals.js';
import { RestError, type RestQuery } from './rest-query.js';
import { type Publisher, Stream } from './stream.js';

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

/** `GET /api/v3/aggTrades`: from an aggregate id, or by time with both ends included, or the latest. */
export function restAggTrades(query: RestQuery): string {
  const ledger = query.symbol();
  const { aggregates, trades } = ledger;
  const limit = query.limit();
  const fromId = query.integer('fromId');
  const startTime = query.integer('startTime');
  const endTime = query.integer('endTime');
  if (fromId !== null && (startTime !== null || endTime !== null)) {
    throw new RestError(-1128, 'Combination of optional parameters invalid.');
  }

  const indexAt = (timeMs: number) => aggregates.indexFromRow(trades.firstRowAt(timeMs * 1_000));
  const end = endTime === null ? aggregates.length : indexAt(endTime + 1);
  let first = Math.max(0, end - limit);
  if (fromId !== null) first = Math.max(0, fromId - aggregates.firstId);
  else if (startTime !== null) first = indexAt(startTime);

  const rows: object[] = [];
  for (let index = first; index < Math.min(end, first + limit); index++) {
    rows.push(aggTradeFields(ledger, aggregates.at(index), false));
  }
  return JSON.stringify(rows);
}

/** An aggregate trade as both the stream and the REST API name its parts. */
function aggTradeFields({ trades, instrument }: SymbolLedger, { id, firstRow, endRow }: Aggregate, microseconds: boolean) {
  const timeUs = trades.timeUs(firstRow);
  let quantity = 0n;
  for (let row = firstRow; row < endRow; row++) quantity += BigInt(trades.quantity(row));
  return {
    a: id,
    p: fixedSum(BigInt(trades.price(firstRow)), instrument.priceDecimals),
    q: fixedSum(quantity, instrument.quantityDecimals),
    f: trades.id(firstRow),
    l: trades.id(endRow - 1),
    T: microseconds ? timeUs : Math.floor(timeUs / 1_000),
    m: !trades.takerBuys(firstRow),
    M: true,
  };
}
