import type { ShedFact } from '../../actors/venue-actor-types.js';
import type { Gap } from '../../domain/gap.js';
import type { IdIntervals } from '../../domain/id-intervals.js';
import type { Log } from '../../domain/ports/log.js';

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

/** A word on what a symbol owes since it was shed; open-ended while nobody knows the last id. */
export interface ShedRange extends Gap {
  /** What was missing of a range that is closed is listed as a gap, if anything was. */
  readonly last: null;
  readonly reason: 'shed';
  readonly state: 'open' | 'closed';
}

interface Shed {
  /** First id that may be missing; null before any id of the symbol is known. */
  first: number | null;
  readonly openedAt: number;
  /** Whether the next trade after it ends it. */
  ended: boolean;
  /** The connection that was shed: what it had read before still comes, and ends nothing. */
  readonly connectionId: number | null;
}

/**
 * What is owed while symbols are shed: from the first id that was not seen, to an end that only the next trade tells. Then the hole
 * is a gap like any other, from the same first id.
 */
export class ShedRanges {
  readonly #sheds = new Map<string, Shed>();

  constructor(
    readonly exchange: string,
    /** What an earlier run left open-ended: the first trade ends it. */
    known: readonly { readonly symbol: string; readonly first: number; readonly openedAt: number }[] = [],
  ) {
    for (const { symbol, first, openedAt } of known) this.#sheds.set(symbol, { first, openedAt, ended: true, connectionId: null });
  }

  /** Since when (us) what goes missing of a symbol does so because it is shed; undefined where it is not. */
  since(symbol: string): number | undefined {
    return this.#sheds.get(symbol)?.openedAt;
  }

  /** Whether nothing is owed that has no end yet. */
  get isEmpty(): boolean {
    return this.#sheds.size === 0;
  }

  /** Ranges that have no end yet. */
  list(): ShedRange[] {
    return [...this.#sheds].flatMap(([symbol, shed]) => this.#open(symbol, shed));
  }

  /**
   * The symbol was shed, or is again.
   * @param connectionId the connection that its trades came on, for one that was closed
   * @returns what is to be listed
   */
  began(symbol: string, cause: ShedFact['cause'], seen: IdIntervals, connectionId: number | null, nowUs: number): ShedRange[] {
    const known = this.#sheds.get(symbol);
    const first = known === undefined ? afterLast(seen) : known.first;
    // A socket that is closed comes back by itself; who was unsubscribed is told when that is over.
    const isPaused = cause === 'paused';
    const shed = { first, openedAt: known?.openedAt ?? nowUs, ended: isPaused, connectionId: isPaused ? connectionId : null };
    this.#sheds.set(symbol, shed);
    return known === undefined ? this.#open(symbol, shed) : [];
  }

  /** The symbol is subscribed again: the next trade ends what is owed. */
  ended(symbol: string): void {
    const shed = this.#sheds.get(symbol);
    if (shed !== undefined) shed.ended = true;
  }

  /**
   * Trades of the symbol came, and `seen` holds them.
   * @returns what is to be listed; a hole that begins where the range did is for the one who keeps gaps to list
   */
  firstTradeSeen(symbol: string, connectionId: number, seen: IdIntervals, nowUs: number): ShedRange[] {
    const shed = this.#sheds.get(symbol);
    const next = afterLast(seen);
    if (shed === undefined || next === null || (shed.first !== null && next <= shed.first)) return [];
    const said: ShedRange[] = [];
    // Where the ids before are missing too (a kill took them), the hole begins lower, and is listed by that id.
    if (shed.first !== null && (seen.has(shed.first) || !seen.has(shed.first - 1))) {
      for (const range of this.#open(symbol, shed)) said.push(closed(range, nowUs));
    }
    if (shed.ended && connectionId !== shed.connectionId) {
      this.#sheds.delete(symbol);
      return said;
    }
    // These were on their way when it was shed: it owes what comes after them.
    shed.first = next;
    return [...said, ...this.#open(symbol, shed)];
  }

  /**
   * The venue has no trade behind the newest one that was seen: a symbol that is subscribed again missed none.
   * @returns what is to be listed
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
