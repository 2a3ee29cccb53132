import type { ShedFact } from '../../actors/venue-actor-types.js';
import type { IdIntervals } from '../../domain/id-intervals.js';
import type { Log } from '../../domain/ports/log.js';
import { ShedRanges, type ShedRange } from './shed-ranges.js';

export interface ShedLogPorts {
  readonly logger: Log;
  readonly nowUs: () => number;
  /** Ids of a symbol that were seen; null before recording has begun. */
  readonly seenOf: (symbol: string) => IdIntervals | null;
  /** The connection on which a symbol's trades come. */
  readonly connectionOf: (symbol: string) => number | null;
  /** Writes what is owed into the table `gaps`. */
  readonly list: (ranges: readonly ShedRange[]) => void;
}

/** Counts, logs and lists what a venue's feeds owe since they were shed. */
export class ShedLog {
  /** How often symbols were shed, by cause. */
  readonly counts: Record<ShedFact['cause'], number> = { pressure: 0, request: 0, paused: 0 };
  /** Symbols that are unsubscribed: a higher level sheds them no second time. */
  readonly #unsubscribed = new Set<string>();
  #owed: ShedRanges;

  constructor(
    readonly exchange: string,
    readonly ports: ShedLogPorts,
  ) {
    this.#owed = new ShedRanges(exchange);
  }

  /** Goes on with what an earlier run left open-ended. */
  resume(known: ConstructorParameters<typeof ShedRanges>[1]): void {
    this.#owed = new ShedRanges(this.exchange, known);
  }

  /** Since when (us) what goes missing of a symbol does so because it is shed; undefined where it is not. */
  since(symbol: string): number | undefined {
    return this.#owed.since(symbol);
  }

  /** Whether anything is owed that has no end yet. */
  get owes(): boolean {
    return !this.#owed.isEmpty;
  }

  /** What is owed and has no end yet. */
  ranges(): ShedRange[] {
    return this.#owed.list();
  }

  note({ symbol, phase, cause }: ShedFact): void {
    const { logger, seenOf, connectionOf, nowUs } = this.ports;
    const where = { part: 'feed', venue: this.exchange, symbol, cause };
    if (phase === 'ended') {
      this.#unsubscribed.delete(symbol);
      this.#owed.ended(symbol);
      logger.info(where, 'recorded again; what was shed is owed');
      return;
    }
    if (this.#unsubscribed.has(symbol)) return;
    if (cause !== 'paused') this.#unsubscribed.add(symbol);
    this.counts[cause] += 1;
    logger.warn(where, 'shed: from here on trades are owed');
    const seen = seenOf(symbol);
    if (seen !== null) this.#list(this.#owed.began(symbol, cause, seen, connectionOf(symbol), nowUs()));
  }

  /** The symbol is recorded no more. What it owed until now stays owed: if it comes back, its first trade ends the range. */
  left(symbol: string): void {
    this.#unsubscribed.delete(symbol);
    this.#owed.ended(symbol);
  }

  /** Trades of a symbol came on a connection, and are among those seen. */
  firstTradeSeen(symbol: string, connectionId: number): void {
    if (this.#owed.since(symbol) === undefined) return;
    const seen = this.ports.seenOf(symbol);
    if (seen !== null) this.#list(this.#owed.firstTradeSeen(symbol, connectionId, seen, this.ports.nowUs()));
  }

  /** The venue has no trade behind the newest one of a symbol that was seen. */
  missedNone(symbol: string): void {
    this.#list(this.#owed.missedNone(symbol, this.ports.nowUs()));
  }

  #list(ranges: readonly ShedRange[]): void {
    if (ranges.length > 0) this.ports.list(ranges);
  }
}
