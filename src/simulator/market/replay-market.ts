import type { Instrument, Market, MarketTrade } from './market.js';

/** A captured trade and when its receiver saw it, in microseconds. */
export interface CapturedTrade {
  readonly receivedUs: number;
  readonly trade: MarketTrade;
}

/** A capture, read: its trades in the order of the file. */
export interface Capture {
  readonly instruments: readonly Instrument[];
  readonly trades: readonly CapturedTrade[];
}

/** Plays a capture again: each trade with the bytes and the times that it had, at the pace of its receive times. */
export class ReplayMarket implements Market {
  readonly instruments: readonly Instrument[];
  readonly unpaced: boolean;
  readonly #trades: readonly CapturedTrade[];
  readonly #speed: number;
  #startUs: number;
  #next = 0;
  #haltedUs: number | null = null;

  /** `speed` 1 is the capture's own pace, 10 ten times it, Infinity as quickly as trades are taken. */
  constructor(capture: Capture, startTimeMs: number, speed: number) {
    this.instruments = capture.instruments;
    this.#trades = capture.trades;
    this.#speed = speed;
    this.unpaced = speed === Infinity;
    this.#startUs = startTimeMs * 1_000;
  }

  get ended(): boolean {
    return this.#next >= this.#trades.length;
  }

  release(nowUs: number, maxTrades: number, visit: (trade: MarketTrade) => void): boolean {
    if (this.#haltedUs !== null) return true;
    const dueUs = this.#capturedAt(nowUs);
    for (let released = 0; !this.ended; released++) {
      const { receivedUs, trade } = this.#trades[this.#next]!;
      if (receivedUs > dueUs) return true;
      if (released >= maxTrades) return false;
      this.#next++;
      visit(trade);
    }
    return true;
  }

  halt(nowUs: number): void {
    this.#haltedUs ??= nowUs;
  }

  resume(nowUs: number): void {
    if (this.#haltedUs === null) return;
    this.#startUs += nowUs - this.#haltedUs;
    this.#haltedUs = null;
  }

  /** The capture's clocks differ by a constant: its receiver's was seen 1.27 s behind the venue's. */
  venueTimeUs(nowUs: number): number {
    const first = this.#trades[0];
    if (first === undefined) return nowUs;
    const published = this.#trades[Math.max(0, this.#next - 1)]!.trade.eventTimeUs;
    if (this.unpaced) return published;
    return Math.max(published, Math.floor(this.#capturedAt(nowUs) - first.receivedUs + first.trade.eventTimeUs));
  }

  /** The moment of the capture that is being played. */
  #capturedAt(nowUs: number): number {
    if (this.unpaced) return Infinity;
    return (this.#trades[0]?.receivedUs ?? 0) + ((this.#haltedUs ?? nowUs) - this.#startUs) * this.#speed;
  }
}
