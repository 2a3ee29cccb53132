import { Random } from '../random.js';
import type { VenueName } from '../venues.js';
import type { FaultName } from './fault-kinds.js';
import { faultNames, meetsConnections, parametersOf } from './fault-kinds.js';
import type { FaultInput, FaultPlan } from './fault-plan.js';
import { faultPlan } from './fault-plan.js';

export interface RandomFaultPlanOptions {
  readonly seed: number;
  /** All faults begin and end within this; the clock's distance remains. */
  readonly durationMs: number;
  readonly venue: VenueName;
  /** Between the beginnings of two faults, on average. */
  readonly meanGapMs?: number;
  /** Faults to draw from; without it all that the venue knows. */
  readonly only?: readonly FaultName[];
  readonly except?: readonly FaultName[];
}

const GAP_MEAN_MS = 5_000;
/** Faults that last do so for this at most, and for a third of the run. */
const LASTING_MAX_MS = 20_000;
const QUIET_AT_START_MS = 500;

/** What is drawn where the default alone would teach little: from, to. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  delayMs: [50, 4_000],
  bytesPerSecond: [2_000, 50_000],
  span: [1, 20],
  pieces: [2, 9],
  graceMs: [0, 5_000],
  offsetMs: [-3_000, 3_000],
  overMs: [5_000, 15_000],
  rows: [1, 200],
  retryAfterMs: [0, 5_000],
};
const STATUSES = [429, 418, 500, 502, 503];

/** A plan drawn by lot: the same options give the same plan. */
export function randomFaultPlan(options: RandomFaultPlanOptions): FaultPlan {
  const { seed, durationMs, venue, meanGapMs = GAP_MEAN_MS } = options;
  const random = new Random(seed, `faults/${venue}`);
  const names = (options.only ?? faultNames).filter((name) => options.except?.includes(name) !== true);
  const faults: FaultInput[] = [];
  if (names.length === 0) return faultPlan(seed, faults);
  let atMs = QUIET_AT_START_MS + random.exponential(meanGapMs);
  while (atMs < durationMs - QUIET_AT_START_MS) {
    faults.push(drawFault(names[random.below(names.length)]!, Math.floor(atMs), durationMs, random));
    atMs += random.exponential(meanGapMs);
  }
  return faultPlan(seed, faults);
}

function drawFault(fault: FaultName, atMs: number, durationMs: number, random: Random): FaultInput {
  const drawn: Record<string, number> = {};
  for (const [name, { default: usual }] of parametersOf(fault)) {
    const range = RANGES[name];
    if (name === 'forMs') drawn[name] = Math.min(durationMs - atMs, 200 + random.below(Math.min(LASTING_MAX_MS, durationMs / 3)));
    // A loss of everything is a range; else of a part.
    else if (name === 'share') drawn[name] = random.chance(0.4) ? 1 : 0.05 + 0.9 * random.next();
    else if (name === 'status') drawn[name] = STATUSES[random.below(STATUSES.length)]!;
    else if (range !== undefined) drawn[name] = range[0] + random.below(range[1] - range[0] + 1);
    else drawn[name] = usual;
  }
  const pick = meetsConnections(fault) && random.chance(0.5) ? 'one' : 'all';
  return { fault, atMs, pick, ...drawn } as FaultInput;
}
