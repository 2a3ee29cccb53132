import type { Plan, VenueRun } from './plan.js';

const OTHER_PIECES = ['wallSteps', 'fullDisks', 'storeKills', 'feedChanges'] as const;

/** How much of what makes a run hard a plan has. */
export function sizeOf({ venues, upsets, weather, pressure, ...plan }: Plan): number {
  const faults = venues.reduce((sum, { faults }) => sum + faults.faults.length, 0);
  const others = OTHER_PIECES.reduce((sum, kind) => sum + plan[kind].length, 0);
  return venues.length + faults + upsets.length + weather.length + (pressure?.length ?? 1) + others;
}

/**
 * The least plan that still fails: what can be left out is left out, large pieces first, one at a time, until nothing can.
 * @param fails whether a plan fails
 * @param onStep told each plan that is smaller and fails
 */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>, onStep: (plan: Plan) => void): Promise<Plan> {
  let least = plan;
  for (let found = true; found;) {
    found = false;
    for (const smaller of smallerPlans(least)) {
      if (!(await fails(smaller))) continue;
      least = smaller;
      found = true;
      onStep(least);
      break;
    }
  }
  return least;
}

/** Plans with a piece less: a venue, a half or a quarter of the faults, one upset, one fault. */
function* smallerPlans(plan: Plan): Generator<Plan> {
  for (const venues of plan.venues.length > 1 ? without(plan.venues, 1) : []) yield { ...plan, venues };
  for (const parts of [2, 4, Infinity]) {
    for (const [at, venue] of plan.venues.entries()) {
      const { faults } = venue.faults;
      const size = parts === Infinity ? 1 : Math.ceil(faults.length / parts);
      if (parts !== Infinity && size <= 1) continue;
      for (const fewer of without(faults, size)) {
        const lighter: VenueRun = { ...venue, faults: { ...venue.faults, faults: fewer } };
        yield { ...plan, venues: plan.venues.with(at, lighter) };
      }
    }
    for (const upsets of without(plan.upsets, 1)) yield { ...plan, upsets };
    for (const weather of without(plan.weather, 1)) yield { ...plan, weather };
    for (const kind of OTHER_PIECES) for (const fewer of without<unknown>(plan[kind], 1)) yield { ...plan, [kind]: fewer };
    if (plan.pressure === null) yield { ...plan, pressure: [] };
    else for (const pressure of without(plan.pressure, 1)) yield { ...plan, pressure };
  }
}

/** Lists that lack so many of the items in a row. */
function* without<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield [...items.slice(0, at), ...items.slice(at + size)];
}
