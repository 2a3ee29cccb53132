import { existsSync, readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { parseDocument } from 'yaml';
import { didYouMean } from '../domain/nearest-name.js';
import { SeracError } from '../errors.js';
import { reasonOf } from '../system-error.js';
import { contradictions } from './config-contradictions.js';
import { readEnvironment } from './config-environment.js';
import { type Config, longForm, ReadSchema } from './config-schema.js';

export { ConfigSchema, type Config } from './config-schema.js';

/** Deeply frozen: configuration is read once. */
export type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };

const DEFAULT_FILE = 'serac.yaml';

/**
 * Reads configuration: defaults, then the file, then the environment (`SERAC_API_PORT=9000` is the same as `api: {port: 9000}`).
 * @param file path of a YAML file; undefined: ./serac.yaml if it exists; null: none
 * @throws SeracError `config.invalid` naming each invalid place and what is expected there
 */
export function loadConfig(file: string | null | undefined, environment: NodeJS.ProcessEnv, overrides: object = {}): DeepReadonly<Config> {
  const path = file ?? (file === undefined && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const written = path === undefined ? {} : readFile(path);
  const { settings, variables, unknown } = readEnvironment(ReadSchema, environment);
  const merged = merge(merge(written, settings), overrides);
  if (Array.isArray(merged['feeds'])) merged['feeds'] = (merged['feeds'] as unknown[]).map(longForm);
  const complete = Value.Default(ReadSchema, merged);
  if (!Value.Check(ReadSchema, complete)) throw invalid(path, [...unknown, ...wrongPlaces(complete, variables)]);
  const wrong = [...unknown, ...contradictions(complete).map((text) => withVariables(text, variables))];
  if (wrong.length > 0) throw invalid(path, wrong);
  return deepFreeze(complete);
}

function invalid(path: string | undefined, wrong: readonly string[]): SeracError {
  return new SeracError(
    'config.invalid',
    `${path ?? 'The configuration'} is not valid: ${wrong.join('; ').replace(/\?$/, '')}${wrong.at(-1)!.endsWith('?') ? '?' : '.'}`,
  );
}

/** Each place that the schema rejects, with the variable that sets it, and what is expected there. */
function wrongPlaces(config: unknown, variables: ReadonlyMap<string, string>): string[] {
  const wrong = Value.Errors(ReadSchema, config)
    .filter((error) => error.keyword !== 'boolean')
    .map(({ instancePath, message, params }) => {
      const place = instancePath.slice(1).replaceAll('/', '.');
      const [, variable] = [...variables].find(([setting]) => place === setting || place.startsWith(`${setting}.`)) ?? [];
      return `${place || 'configuration'}${variable === undefined ? '' : ` (${variable})`} ${expectation(message, params, schemaAt(place))}`;
    });
  return [...new Set(wrong)];
}

/** Appends to each setting named in a sentence the variables that set it. */
function withVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/^\w+(?=[: ])|\b\w+(?:\.\w+)+/g, (place) => {
    const names = [...variables]
      .filter(([setting]) => setting === place || setting.startsWith(`${place}.`))
      .map(([, variable]) => variable);
    return names.length === 0 ? place : `${place} (${names.join(', ')})`;
  });
}

function expectation(message: string, params: object, schema: SchemaNode | undefined): string {
  const {
    additionalProperties: names,
    allowedValues,
    pattern,
  } = params as {
    additionalProperties?: string[];
    allowedValues?: string[];
    pattern?: unknown;
  };
  if (names !== undefined) {
    const known = Object.keys(schema?.properties ?? {});
    return `${message} (${names.map((name) => name + didYouMean(name, known)).join(', ')})`;
  }
  if (allowedValues !== undefined) return `must be one of ${allowedValues.join(', ')}`;
  return pattern === undefined || schema?.description === undefined ? message : `${message} (${schema.description})`;
}

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Record<string, SchemaNode>;
  readonly items?: SchemaNode;
}

function schemaAt(place: string): SchemaNode | undefined {
  let node = ReadSchema as object as SchemaNode | undefined;
  for (const step of place === '' ? [] : place.split('.')) node = node?.properties?.[step] ?? node?.items;
  return node;
}

function readFile(path: string): object {
  let parsed: unknown;
  try {
    parsed = parseYaml(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SeracError('config.invalid', `Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new SeracError('config.invalid', `${path} is not a mapping of names to values.`);
  return parsed;
}

/** One YAML document. The library's messages about a second one, and about a tag that it does not know, are for programmers. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text);
  for (const { code, linePos } of [...document.errors, ...document.warnings]) {
    const line = linePos?.[0].line ?? 1;
    if (code === 'MULTIPLE_DOCS') throw new Error(`a second document begins at line ${line} (---): write one`);
    if (code === 'TAG_RESOLVE_FAILED')
      throw new Error(`line ${line} has a tag (!) that is not one of YAML's own: write the value without it`);
  }
  const [wrong] = document.errors;
  if (wrong !== undefined) throw wrong;
  return document.toJS();
}

/** The schema for editors: settings with a default are optional. */
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

/**
 * Names of the settings, other than `feeds`, that differ between two configurations: a running daemon cannot change them.
 * @returns paths such as `recording.batchAgeMs`, in order
 */
export function fixedSettingsThatDiffer(running: DeepReadonly<Config>, read: DeepReadonly<Config>): string[] {
  return differing({ ...running, feeds: null }, { ...read, feeds: null }, []).sort();
}

function differing(a: unknown, b: unknown, path: readonly string[]): string[] {
  if (isGroup(a) && isGroup(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) => differing(a[name], b[name], [...path, name]));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path.join('.')];
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
