import type { Fault, FaultPlan } from './fault-plan.js';

/** A fault that is due, and the name by which its chance is drawn. */
export interface DueFault {
  readonly fault: Fault;
  readonly label: string;
}

/** The faults that are yet to come: by the time since the start, or by the venue's clock. */
export class FaultSchedule {
  readonly #byTime: readonly DueFault[];
  #byVenueTime: readonly DueFault[];
  #next = 0;

  constructor({ faults }: FaultPlan) {
    const all = faults.map((fault, index) => ({ fault, label: `${index}/${fault.fault}` }));
    this.#byTime = all.filter(({ fault }) => 'atMs' in fault).sort((left, right) => atMsOf(left) - atMsOf(right));
    this.#byVenueTime = all.filter(({ fault }) => 'atVenueMs' in fault);
  }

  /** The faults that are due, in the order of the plan where they are due together. */
  takeDue(elapsedMs: number, venueTimeMs: number): readonly DueFault[] {
    const due: DueFault[] = [];
    for (; this.#next < this.#byTime.length && atMsOf(this.#byTime[this.#next]!) <= elapsedMs; this.#next++) {
      due.push(this.#byTime[this.#next]!);
    }
    const reached = ({ fault }: DueFault) => 'atVenueMs' in fault && fault.atVenueMs <= venueTimeMs;
    if (this.#byVenueTime.some(reached)) {
      due.push(...this.#byVenueTime.filter(reached));
      this.#byVenueTime = this.#byVenueTime.filter((entry) => !reached(entry));
    }
    return due;
  }

  /** How long until the next one is due, if the venue's clock goes as fast as ours. */
  untilNextMs(elapsedMs: number, venueTimeMs: number): number {
    const next = this.#byTime[this.#next];
    let untilMs = next === undefined ? Infinity : atMsOf(next) - elapsedMs;
    for (const { fault } of this.#byVenueTime) {
      if ('atVenueMs' in fault) untilMs = Math.min(untilMs, fault.atVenueMs - venueTimeMs);
    }
    return untilMs;
  }
}

function atMsOf({ fault }: DueFault): number {
  return 'atMs' in fault ? fault.atMs : Infinity;
}
