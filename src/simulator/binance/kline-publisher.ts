import type { Interval } from '../interval.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { klines } from './klines.js';
import { type Publisher, Stream } from './stream.js';

/** Trades are published some milliseconds after they happen: a kline closes once the last of them is out. */
const SETTLE_MS = 10;

/** `<symbol>@kline_<interval>`: the current kline each 1000 ms for 1s, each 2000 ms for the others; its last has `x` true. */
export class KlinePublisher implements Publisher {
  readonly stream: Stream;
  readonly #ledger: SymbolLedger;
  readonly #interval: Interval;
  readonly #everyMs: number;
  #dueMs: number | null = null;

  constructor(ledger: SymbolLedger, interval: Interval) {
    this.stream = new Stream(`${ledger.instrument.symbol.toLowerCase()}@kline_${interval}`);
    this.#ledger = ledger;
    this.#interval = interval;
    this.#everyMs = interval === '1s' ? 1_000 : 2_000;
  }

  idle(): void {
    this.#dueMs = null;
  }

  publish(venueTimeMs: number): void {
    const settledMs = venueTimeMs - SETTLE_MS;
    const latestMs = settledMs - (settledMs % this.#everyMs);
    for (this.#dueMs ??= latestMs + this.#everyMs; this.#dueMs <= settledMs; this.#dueMs += this.#everyMs) {
      this.#tell(this.#dueMs, venueTimeMs);
    }
  }

  /** Each kline ends on a tick, so the one that holds the millisecond before the tick is the current one, or just over. */
  #tell(tickMs: number, venueTimeMs: number): void {
    const [kline] = klines(this.#ledger, this.#interval, { startMs: null, endMs: tickMs - 1, limit: 1 });
    if (kline === undefined) return;
    const { symbol } = this.#ledger.instrument;
    this.stream.publish((microseconds) => {
      const eventTime = microseconds ? venueTimeMs * 1_000 : venueTimeMs;
      const k = {
        t: microseconds ? kline.openTime * 1_000 : kline.openTime,
        T: microseconds ? (kline.closeTime + 1) * 1_000 - 1 : kline.closeTime,
        s: symbol,
        i: this.#interval,
        f: kline.firstTradeId,
        L: kline.lastTradeId,
        o: kline.open,
        c: kline.close,
        h: kline.high,
        l: kline.low,
        v: kline.volume,
        n: kline.tradeCount,
        x: kline.closeTime < tickMs,
        q: kline.quoteVolume,
        V: kline.takerBuyVolume,
        Q: kline.takerBuyQuoteVolume,
        B: '0',
      };
      return JSON.stringify({ e: 'kline', E: eventTime, s: symbol, k });
    });
  }
}
