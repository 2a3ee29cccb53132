import type { TSchema } from 'typebox';
import { didYouMean } from '../domain/nearest-name.js';
import { VENUES } from '../exchanges/registry.js';

const PREFIX = 'SERAC';
/** Variables that are not settings: secrets, or settings of one venue. They are read where they are needed. */
const OTHERS: readonly string[] = [
  ...['SERAC_CLICKHOUSE_PASSWORD', 'SERAC_API_KEYS'],
  ...VENUES.flatMap(({ name }) => ['PROXY', 'API_KEY'].map((what) => `SERAC_VENUES_${name.toUpperCase()}_${what}`)),
];

/** Variables that Kubernetes sets in every container if a service is called "serac". */
const OF_A_SERVICE = /^SERAC_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/;

/** A setting such as api.keysFile as the user can find it: with its variable, if that sets it. */
export function settingName(setting: string, environment: NodeJS.ProcessEnv, value?: string): string {
  const variable = variableOf(`${PREFIX}_${setting.replaceAll('.', '_')}`);
  const given = environment[variable];
  return given !== undefined && (value === undefined || given === value) ? `${setting} (${variable})` : setting;
}

function variableOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export interface EnvironmentSettings {
  /** The settings from variables, in the structure of the file. */
  readonly settings: Record<string, unknown>;
  /** By setting, such as api.port, the variable that sets it. */
  readonly variables: ReadonlyMap<string, string>;
  /** Unknown variables: a typo, and the intended setting would keep its default. */
  readonly unknown: readonly string[];
}

/** Reads the variables of settings: every leaf of the schema has one; lists are separated by commas. */
export function readEnvironment(schema: TSchema, environment: NodeJS.ProcessEnv): EnvironmentSettings {
  const variables = new Map<string, string>();
  const known = new Set(OTHERS);
  const settings = settingsOf(schema, PREFIX, '', environment, variables, known);
  const unknown = Object.keys(environment).filter((name) => name.startsWith(`${PREFIX}_`) && !known.has(name) && !OF_A_SERVICE.test(name));
  return { settings, variables, unknown: unknown.map((name) => `unknown variable ${name}${didYouMean(name, known)}`) };
}

function settingsOf(
  schema: TSchema,
  prefix: string,
  path: string,
  environment: NodeJS.ProcessEnv,
  variables: Map<string, string>,
  known: Set<string>,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const properties = (schema as { properties?: Record<string, TSchema & { type?: string }> }).properties ?? {};
  for (const [name, child] of Object.entries(properties)) {
    const variable = variableOf(`${prefix}_${name}`);
    if ('properties' in child) {
      const inner = settingsOf(child, variable, `${path}${name}.`, environment, variables, known);
      if (Object.keys(inner).length > 0) found[name] = inner;
      continue;
    }
    // A map has no variable.
    if (child.type === 'object') continue;
    known.add(variable);
    const value = environment[variable];
    if (value === undefined) continue;
    variables.set(`${path}${name}`, variable);
    found[name] = valueOf(value, child.type);
  }
  return found;
}

function valueOf(value: string, type: string | undefined): unknown {
  if (type === 'integer' || type === 'number') return value.trim() === '' ? value : Number(value);
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (type === 'array') return value.split(',').map((part) => part.trim());
  return value;
}
