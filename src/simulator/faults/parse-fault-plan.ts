import { parse } from 'yaml';
import type { FaultName } from './fault-kinds.js';
import { faultNames } from './fault-kinds.js';
import type { FaultInput, FaultPlan } from './fault-plan.js';
import { faultPlan } from './fault-plan.js';

/** A plan is a list of single faults in the end: a file cannot ask for more. */
const FAULTS_MAX = 100_000;

/**
 * Reads a plan from YAML: a list of faults, or `seed` and `faults`. Each has `fault`, its time as `atMs` (after the start) or `at`
 * (an ISO time of the venue's clock, or `atVenueMs`), its parameters, and may come again: `everyMs` with `times`. Throws an error in one sentence.
 */
export function parseFaultPlan(text: string, defaultSeed: number): FaultPlan {
  const document: unknown = parse(text);
  const {
    seed = defaultSeed,
    faults,
    ...others
  } = Array.isArray(document) ? { faults: document as unknown[] } : fieldsOf(document, 'the plan');
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`The plan has no ${other}; it has: seed, faults.`);
  if (!isWhole(seed)) throw new Error('The seed of the plan is a whole number.');
  if (!Array.isArray(faults)) throw new Error('The plan has no list of faults.');
  const inputs = (faults as unknown[]).flatMap((entry, index) => readFault(entry, `faults[${index}]`));
  if (inputs.length > FAULTS_MAX) throw new Error(`The plan has ${inputs.length} faults; at most ${FAULTS_MAX} are possible.`);
  return faultPlan(seed, inputs);
}

function readFault(entry: unknown, where: string): readonly FaultInput[] {
  const { fault, at, everyMs = 0, times = 1, ...given } = fieldsOf(entry, where);
  if (!isFaultName(fault)) throw new Error(`${where}: there is no fault ${JSON.stringify(fault)}; there are: ${faultNames.join(', ')}.`);
  if (given['pick'] !== undefined && given['pick'] !== 'all' && given['pick'] !== 'one') throw new Error(`${where}: pick is all or one.`);
  if (!isWhole(everyMs) || !isWhole(times) || times > FAULTS_MAX) throw new Error(`${where}: everyMs and times are whole numbers.`);
  if (times > 1 !== everyMs > 0) throw new Error(`${where}: everyMs and times come together.`);
  const byVenue = at !== undefined || given['atVenueMs'] !== undefined;
  const moment = at === undefined ? given[byVenue ? 'atVenueMs' : 'atMs'] : readTime(at, where);
  if (!isWhole(moment)) throw new Error(`${where}: atMs is a whole number of milliseconds.`);
  const name = byVenue ? 'atVenueMs' : 'atMs';
  return Array.from({ length: times }, (_, index) => ({ ...given, fault, [name]: moment + index * everyMs }) as FaultInput);
}

function readTime(at: unknown, where: string): number {
  const time = typeof at === 'string' ? Date.parse(at) : NaN;
  if (Number.isNaN(time)) throw new Error(`${where}: at is an ISO time, such as 2026-07-02T00:00:00Z.`);
  return time;
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not a mapping of names to values.`);
  return value as Readonly<Record<string, unknown>>;
}

function isFaultName(value: unknown): value is FaultName {
  return (faultNames as readonly unknown[]).includes(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
