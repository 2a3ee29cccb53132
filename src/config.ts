import { existsSync, readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { longForm, ReadSchema, type Config } from './config-schema.js';
import { SeracError } from './errors.js';
import type { Triggers } from './machines/pressure/pressure-types.js';
import { reasonOf } from './system-error.js';

export { ConfigSchema, type Config } from './config-schema.js';

/** Frozen all the way down: configuration is read once. */
export type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };

const DEFAULT_FILE = 'serac.yaml';

/**
 * Reads configuration: defaults, then the file, then the environment (`SERAC_API_PORT=9000` stands for `api: {port: 9000}`).
 * @param file path of a YAML file; undefined: ./serac.yaml if there is one; null: none
 * @throws SeracError `config.invalid` that names each wrong place and what is expected there
 */
export function loadConfig(file: string | null | undefined, environment: NodeJS.ProcessEnv, overrides: object = {}): DeepReadonly<Config> {
  const path = file ?? (file === undefined && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const written = path === undefined ? {} : readFile(path);
  const merged = merge(merge(written, fromEnvironment(ReadSchema, environment, 'SERAC', [])), overrides);
  if (Array.isArray(merged['feeds'])) merged['feeds'] = (merged['feeds'] as unknown[]).map(longForm);
  const complete = Value.Default(ReadSchema, merged);
  if (!Value.Check(ReadSchema, complete)) {
    const wrong = Value.Errors(ReadSchema, complete)
      .filter((error) => error.keyword !== 'boolean')
      .map(
        ({ instancePath, message, params }) =>
          `${instancePath.slice(1).replaceAll('/', '.') || 'configuration'} ${message}${extra(params)}`,
      );
    throw invalid(path, [...new Set(wrong)]);
  }
  const inconsistent = [...repeatedMarkets(complete), ...fallingTriggers(complete)];
  if (inconsistent.length > 0) throw invalid(path, inconsistent);
  return deepFreeze(complete);
}

function invalid(path: string | undefined, wrong: readonly string[]): SeracError {
  return new SeracError('config.invalid', `${path ?? 'The configuration'} is not valid: ${wrong.join('; ')}.`);
}

/** What one schema cannot say: a market has one tier. */
function repeatedMarkets({ feeds }: Config): string[] {
  const markets = feeds.map((entry) => entry.market);
  const repeated = markets.filter((name, index) => markets.indexOf(name) !== index);
  return [...new Set(repeated)].map((name) => `feeds names ${name} more than once`);
}

/** And a higher level begins at a higher value. */
function fallingTriggers({ pressure }: Config): string[] {
  const rises = ({ soft, graceful, aggressive, circuitBreak }: Triggers): boolean =>
    soft < graceful && graceful < aggressive && aggressive < circuitBreak;
  return Object.entries(pressure.triggers)
    .filter(([, each]) => !rises(each))
    .map(([signal]) => `pressure.triggers.${signal} must rise from soft to circuitBreak`);
}

function extra(params: object): string {
  const names = (params as { additionalProperties?: string[] }).additionalProperties;
  return names === undefined ? '' : ` (${names.join(', ')})`;
}

function readFile(path: string): object {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SeracError('config.invalid', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new SeracError('config.invalid', `${path} is not a mapping of names to values.`);
  return parsed;
}

/** The schema as editors should have it: what has a default need not be written. */
export function publishedSchema(schema: object): object {
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      typeof value === 'object' && value !== null && !Array.isArray(value) ? publishedSchema(value as object) : (value as unknown),
    ]),
  ) as { properties?: Record<string, object>; required?: string[]; items?: object };
  const { properties, required } = copy;
  if (properties === undefined || !Array.isArray(required)) return copy;
  const wanted = required.filter((name) => !('default' in (properties[name] ?? {})));
  if (wanted.length === 0) delete copy.required;
  else copy.required = wanted;
  return copy;
}

/** Every leaf of the schema has a variable; lists are separated by commas. */
function fromEnvironment(schema: TSchema, environment: NodeJS.ProcessEnv, prefix: string, path: string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const properties = (schema as { properties?: Record<string, TSchema & { type?: string }> }).properties ?? {};
  for (const [name, child] of Object.entries(properties)) {
    const variable = `${prefix}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    if ('properties' in child) {
      const inner = fromEnvironment(child, environment, variable, [...path, name]);
      if (Object.keys(inner).length > 0) found[name] = inner;
      continue;
    }
    // A mapping by names has no form as a variable.
    const value = child.type === 'object' ? undefined : environment[variable];
    if (value !== undefined) found[name] = valueOf(value, child.type);
  }
  return found;
}

function valueOf(value: string, type: string | undefined): unknown {
  if (type === 'integer' || type === 'number') return value.trim() === '' ? value : Number(value);
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (type === 'array') return value.split(',').map((part) => part.trim());
  return value;
}

function merge(base: object, over: object): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over) as [string, unknown][]) {
    if (value === undefined) continue;
    const under = merged[name];
    merged[name] = isPlain(value) && isPlain(under) ? merge(under, value) : value;
  }
  return merged;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value) as unknown[]) if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}
