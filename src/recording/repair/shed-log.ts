import type { ShedFact } from '../../actors/venue-actor-types.js';
import type { Gap } from '../../domain/gap.js';
import type { IdIntervals } from '../../domain/id-intervals.js';
import type { Log } from '../../domain/ports/log.js';

export interface ShedLogPorts {
  readonly logger: Log;
  readonly nowUs: () => number;
  /** Covered ids of a symbol; null before recording has started. */
  readonly seenOf: (symbol: string) => IdIntervals | null;
  /** The connection that delivers a symbol's trades. */
  readonly connectionOf: (symbol: string) => number | null;
  /** Writes shed ranges into the table `gaps`. */
  readonly list: (ranges: readonly ShedRange[]) => void;
}

/** Counts, logs and lists the shed ranges of a venue's feeds. */
export class ShedLog {
  /** Number of times symbols were shed, by cause. */
  readonly counts: Record<ShedFact['cause'], number> = { pressure: 0, request: 0, paused: 0 };
  /** Unsubscribed symbols: a higher level does not shed them again. */
  readonly #unsubscribed = new Set<string>();
  readonly #owed: ShedRanges;

  constructor(
    readonly exchange: string,
    readonly ports: ShedLogPorts,
  ) {
    this.#owed = new ShedRanges(exchange);
  }

  /** Continues open-ended ranges of an earlier run, beside those of this one: the store may not list these yet. */
  resume(known: readonly KnownShed[]): void {
    this.#owed.resume(known);
  }

  /** Since when (us) missing ids of a symbol are missing because it is shed; undefined if it is not. */
  since(symbol: string): number | undefined {
    return this.#owed.since(symbol);
  }

  /** Shed ranges without an end. */
  ranges(): ShedRange[] {
    return this.#owed.list();
  }

  note({ symbol, phase, cause }: ShedFact): void {
    const { logger, seenOf, connectionOf, nowUs } = this.ports;
    const where = { part: 'feed', venue: this.exchange, symbol, cause };
    if (phase === 'ended') {
      this.#unsubscribed.delete(symbol);
      this.#owed.ended(symbol);
      logger.info(where, 'recording resumed; the shed trades will be backfilled');
      return;
    }
    if (this.#unsubscribed.has(symbol)) return;
    if (cause !== 'paused') this.#unsubscribed.add(symbol);
    this.counts[cause] += 1;
    logger.warn(where, 'recording shed: trades from here on will be backfilled later');
    const seen = seenOf(symbol);
    if (seen !== null) this.#list(this.#owed.began(symbol, cause, seen, connectionOf(symbol), nowUs()));
  }

  /** The symbol was removed. Its shed range stays: if it is added again, its first trade ends the range. */
  left(symbol: string): void {
    this.#unsubscribed.delete(symbol);
    this.#owed.ended(symbol);
  }

  /** Trades of a symbol arrived on a connection, and are covered. */
  firstTradeSeen(symbol: string, connectionId: number): void {
    if (this.#owed.since(symbol) === undefined) return;
    const seen = this.ports.seenOf(symbol);
    if (seen !== null) this.#list(this.#owed.firstTradeSeen(symbol, connectionId, seen, this.ports.nowUs()));
  }

  /** The venue has no trade after the newest covered one of a symbol. */
  missedNone(symbol: string): void {
    this.#list(this.#owed.missedNone(symbol, this.ports.nowUs()));
  }

  #list(ranges: readonly ShedRange[]): void {
    if (ranges.length > 0) this.ports.list(ranges);
  }
}

/** State of a shed range of a symbol; open-ended while its last id is unknown. */
export interface ShedRange extends Gap {
  /** If any id of a closed range was missing, it is listed as a gap. */
  readonly last: null;
  readonly reason: 'shed';
  readonly state: 'open' | 'closed';
}

/** A range that the store lists as open-ended. */
export type KnownShed = Pick<Gap, 'symbol' | 'first' | 'openedAt'>;

interface Shed {
  /** First id that may be missing; null before any id of the symbol is known. */
  first: number | null;
  readonly openedAt: number;
  /** Whether the next trade after it ends it. */
  ended: boolean;
  /** The shed connection: frames that it had read before still arrive, and do not end the range. */
  readonly connectionId: number | null;
}

/**
 * Ids that are not received while symbols are shed: from the first id not covered, to an end that only the next trade reveals. Then the
 * hole is a gap like any other, from the same first id.
 */
export class ShedRanges {
  readonly #sheds = new Map<string, Shed>();

  constructor(
    readonly exchange: string,
    known: readonly KnownShed[] = [],
  ) {
    this.resume(known);
  }

  /** Adds ranges that were open-ended in an earlier run: the first trade ends them. */
  resume(known: readonly KnownShed[]): void {
    for (const { symbol, first, openedAt } of known)
      if (!this.#sheds.has(symbol)) this.#sheds.set(symbol, { first, openedAt, ended: true, connectionId: null });
  }

  /** Since when (us) missing ids of a symbol are missing because it is shed; undefined if it is not. */
  since(symbol: string): number | undefined {
    return this.#sheds.get(symbol)?.openedAt;
  }

  /** Ranges without an end. */
  list(): ShedRange[] {
    return [...this.#sheds].flatMap(([symbol, shed]) => this.#open(symbol, shed));
  }

  /**
   * The symbol was shed, or is shed again.
   * @param connectionId the connection of its trades, for one that was closed
   * @returns the states to write
   */
  began(symbol: string, cause: ShedFact['cause'], seen: IdIntervals, connectionId: number | null, nowUs: number): ShedRange[] {
    const known = this.#sheds.get(symbol);
    const first = known === undefined ? afterLast(seen) : known.first;
    // A closed socket reconnects by itself; for an unsubscribed symbol `ended` is called.
    const isPaused = cause === 'paused';
    const shed = { first, openedAt: known?.openedAt ?? nowUs, ended: isPaused, connectionId: isPaused ? connectionId : null };
    this.#sheds.set(symbol, shed);
    return known === undefined ? this.#open(symbol, shed) : [];
  }

  /** The symbol is subscribed again: the next trade ends the range. */
  ended(symbol: string): void {
    const shed = this.#sheds.get(symbol);
    if (shed !== undefined) shed.ended = true;
  }

  /**
   * Trades of the symbol arrived, and `seen` contains them.
   * @returns the states to write; a hole that starts where the range did is left to the gap tracker
   */
  firstTradeSeen(symbol: string, connectionId: number, seen: IdIntervals, nowUs: number): ShedRange[] {
    const shed = this.#sheds.get(symbol);
    const next = afterLast(seen);
    if (shed === undefined || next === null || (shed.first !== null && next <= shed.first)) return [];
    const said: ShedRange[] = [];
    // If the ids before are missing too (lost by a kill), the hole starts lower, and is listed by that id.
    if (shed.first !== null && (seen.has(shed.first) || !seen.has(shed.first - 1))) {
      for (const range of this.#open(symbol, shed)) said.push(closed(range, nowUs));
    }
    if (shed.ended && connectionId !== shed.connectionId) {
      this.#sheds.delete(symbol);
      return said;
    }
    // These were in flight when it was shed: the range starts after them.
    shed.first = next;
    return [...said, ...this.#open(symbol, shed)];
  }

  /**
   * The venue has no trade after the newest covered one: the symbol, subscribed again, missed none.
   * @returns the states to write
   */
  missedNone(symbol: string, nowUs: number): ShedRange[] {
    const shed = this.#sheds.get(symbol);
    if (shed?.ended !== true) return [];
    this.#sheds.delete(symbol);
    return this.#open(symbol, shed).map((range) => closed(range, nowUs));
  }

  #open(symbol: string, { first, openedAt }: Shed): ShedRange[] {
    if (first === null) return [];
    return [{ exchange: this.exchange, symbol, first, last: null, openedAt, reason: 'shed', state: 'open', closedAt: null }];
  }
}

function closed(range: ShedRange, nowUs: number): ShedRange {
  return { ...range, state: 'closed', closedAt: nowUs };
}

function afterLast(seen: IdIntervals): number | null {
  return seen.last === undefined ? null : seen.last + 1;
}
