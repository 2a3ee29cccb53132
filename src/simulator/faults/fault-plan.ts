import type { FaultName, FaultParameters } from './fault-kinds.js';
import { meetsConnections, parametersOf } from './fault-kinds.js';

/** When a fault begins: milliseconds after the start, or a moment of the venue's clock (milliseconds since 1970). */
type Moment = { readonly atMs: number } | { readonly atVenueMs: number };

/** Which connections it meets: all that are open, or one that is drawn by lot. New ones, while it lasts, only with `all`. */
type Pick = { readonly pick: 'all' | 'one' };

/** A fault of one of these names, with all its parameters. */
export type FaultOf<Names extends FaultName> = {
  [Name in Names]: { readonly fault: Name } & Moment & Pick & FaultParameters<Name>;
}[Names];

export type Fault = FaultOf<FaultName>;

/** A fault as it is written: what is left out is the default. */
export type FaultInput = { [Name in FaultName]: { readonly fault: Name } & Moment & Partial<Pick & FaultParameters<Name>> }[FaultName];

/** What goes wrong, and when: data, so that a run can be repeated elsewhere. */
export interface FaultPlan {
  /** Decides what a fault leaves open: which frame, which byte, which connection. */
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** Completes and checks a plan. Throws an error that names the fault and says what is wrong with it. */
export function faultPlan(seed: number, inputs: readonly FaultInput[]): FaultPlan {
  return { seed, faults: inputs.map((input, index) => complete(input, `faults[${index}]`)) };
}

function complete(input: FaultInput, where: string): Fault {
  const { fault, pick = 'all', ...given } = input;
  if (!isTime(given)) throw new Error(`${where}: "${fault}" needs a time: atMs, or at.`);
  if (pick === 'one' && !meetsConnections(fault)) throw new Error(`${where}: "${fault}" does not meet connections: leave out pick.`);
  const parameters = parametersOf(fault);
  for (const name of Object.keys(given)) {
    if (name !== 'atMs' && name !== 'atVenueMs' && !parameters.has(name)) {
      throw new Error(`${where}: "${fault}" has no ${name}; it has: ${[...parameters.keys()].join(', ') || 'nothing'}.`);
    }
  }
  const values = [...parameters].map(([name, bounds]) => {
    const value: unknown = (given as Readonly<Record<string, unknown>>)[name] ?? bounds.default;
    const fits = typeof value === 'number' && value >= bounds.min && value <= bounds.max && (!bounds.whole || Number.isInteger(value));
    if (!fits) {
      throw new Error(
        `${where}: ${name} of "${fault}" is a ${bounds.whole ? 'whole number' : 'number'} from ${bounds.min} to ${bounds.max}, not ${JSON.stringify(value)}.`,
      );
    }
    return [name, value];
  });
  return { ...given, ...Object.fromEntries(values), fault, pick } as Fault;
}

function isTime(given: object): boolean {
  const { atMs, atVenueMs } = given as { atMs?: unknown; atVenueMs?: unknown };
  if (atMs !== undefined && atVenueMs !== undefined) return false;
  const time = atMs ?? atVenueMs;
  return typeof time === 'number' && Number.isFinite(time) && time >= 0;
}
