import { Random } from '../random.js';
import type { ConnectionId } from '../venue-core.js';
import type { FaultName } from './fault-kinds.js';
import type { Fault, FaultOf } from './fault-plan.js';

interface ActiveFault {
  readonly fault: Fault;
  readonly label: string;
  readonly endMs: number;
  /** Null: all connections, also those to come. */
  readonly targets: ReadonlySet<ConnectionId> | null;
  /** One sequence of chance per connection: what happens on one then depends on no other. */
  readonly randoms: Map<ConnectionId, Random>;
}

/** Requests have no connection. */
const NO_CONNECTION: ConnectionId = 0;

/** The faults that last, while they last, and how often each kind of fault met something. */
export class ActiveFaults {
  readonly #seed: number;
  readonly #counts = new Map<FaultName, number>();
  #active: readonly ActiveFault[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  get empty(): boolean {
    return this.#active.length === 0;
  }

  get counts(): ReadonlyMap<FaultName, number> {
    return this.#counts;
  }

  begin(fault: Fault, label: string, endMs: number, targets: ReadonlySet<ConnectionId> | null): void {
    this.#active = [...this.#active, { fault, label, endMs, targets, randoms: new Map() }];
  }

  /** When the first of them ends. */
  nextEndMs(): number {
    return this.#active.reduce((first, { endMs }) => Math.min(first, endMs), Infinity);
  }

  expire(nowMs: number): void {
    if (this.nextEndMs() <= nowMs) this.#active = this.#active.filter(({ endMs }) => endMs > nowMs);
  }

  /** Draws whether a fault of this name meets a frame, a message or a request now, and which. */
  meeting<Name extends FaultName>(name: Name, connection: ConnectionId = NO_CONNECTION): FaultOf<Name> | null {
    for (const active of this.#active) {
      if (active.fault.fault !== name || active.targets?.has(connection) === false) continue;
      if ('share' in active.fault && !this.#randomOf(active, connection).chance(active.fault.share)) continue;
      this.count(name);
      return active.fault as FaultOf<Name>;
    }
    return null;
  }

  /** Whether a fault of this name lasts that may meet the connection. */
  lasts(name: FaultName, connection: ConnectionId): boolean {
    return this.#active.some(({ fault, targets }) => fault.fault === name && targets?.has(connection) !== false);
  }

  count(name: FaultName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  #randomOf({ randoms, label }: ActiveFault, connection: ConnectionId): Random {
    let random = randoms.get(connection);
    if (random === undefined) {
      random = new Random(this.#seed, `${label}/${connection}`);
      randoms.set(connection, random);
    }
    return random;
  }
}
