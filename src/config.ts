import { existsSync, readFileSync } from 'node:fs';
import { Type, type Static, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { messageOf, SeracError } from './errors.js';

const text = (description: string, more: object = {}) => Type.String({ description, ...more });
const whole = (description: string, value: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: value, minimum, maximum });
const flag = (description: string, value: boolean) => Type.Boolean({ description, default: value });
const group = <P extends TProperties>(properties: P, description: string) =>
  Type.Object(properties, { description, additionalProperties: false, default: {} });

/** What serac.yaml may say. One schema gives the type, the validation, the defaults and docs/serac.schema.json. */
export const ConfigSchema = group(
  {
    feeds: Type.Array(text('EXCHANGE:SYMBOL, for example binance:BTC-USDT', { pattern: '^[a-z0-9]+:[A-Z0-9-]+$' }), {
      description: 'Markets to record.',
      default: ['binance:BTC-USDT', 'binance:ETH-USDT'],
      minItems: 1,
      uniqueItems: true,
    }),
    data: text('Folder of the embedded store, of checkpoints and of what waits for the store.', { default: './serac-data', minLength: 1 }),
    clickhouse: group(
      {
        url: Type.Optional(
          text('A ClickHouse server, for example http://clickhouse:8123. Absent: the embedded store.', { pattern: '^https?://' }),
        ),
        username: text('User of that server.', { default: 'default' }),
        passwordFile: Type.Optional(text('File that holds its password; SERAC_CLICKHOUSE_PASSWORD may hold it instead.')),
        database: text('Database that the tables live in.', { default: 'serac', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
        fsyncAfterInsert: flag('Acknowledge only what also survives a loss of power; slower.', false),
      },
      'Where rows are stored.',
    ),
    api: group(
      {
        host: text('Address to listen on. Any but loopback needs keys.', { default: '127.0.0.1' }),
        port: whole('Port to listen on; 0 picks a free one.', 8080, 0, 65_535),
        allowedHosts: Type.Array(Type.String(), { description: 'Host names, beside loopback, by which clients may call.', default: [] }),
        keysFile: Type.Optional(text('File with one API key a line; SERAC_API_KEYS may hold them, separated by commas, instead.')),
        requestsPerMinute: whole('Requests a minute and address.', 6_000, 1, 10_000_000),
      },
      'HTTP interface.',
    ),
    recording: group(
      {
        allowedLatenessMs: whole(
          'How long after its end a candle that cannot be proven complete waits for late trades.',
          2_000,
          0,
          600_000,
        ),
        maxSkewMs: whole("A time further than this from the venue's own is absurd.", 60_000, 1_000, 86_400_000),
        batchRowsMax: whole('Rows of one insert.', 65_536, 1, 1_048_576),
        batchAgeMs: whole('Longest wait before what has come is inserted.', 250, 10, 60_000),
        lateFlushMs: whole('Late trades of a window make one revision in this time.', 1_000, 10, 600_000),
        formingEveryMs: whole('A forming candle is shown at most this often.', 250, 10, 60_000),
        streamsPerSocket: whole('Markets that share one connection.', 100, 1, 1_024),
      },
      'How trades become rows.',
    ),
    venues: Type.Record(
      Type.String({ pattern: '^[a-z0-9]+$' }),
      Type.Object(
        {
          ws: Type.Optional(
            Type.Array(Type.String({ pattern: '^wss?://' }), { minItems: 1, description: 'Hosts instead of the public ones.' }),
          ),
          rest: Type.Optional(
            Type.Array(Type.String({ pattern: '^https?://' }), { minItems: 1, description: 'Hosts instead of the public ones.' }),
          ),
        },
        { additionalProperties: false },
      ),
      { description: "Other hosts for a venue's data, for example a simulator.", default: {} },
    ),
    log: group(
      {
        level: Type.Union(
          ['trace', 'debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)),
          { description: 'Least level logged.', default: 'info' },
        ),
      },
      'Logging, as JSON lines on standard error.',
    ),
  },
  'Configuration of Serac.',
);

export type Config = Static<typeof ConfigSchema>;

/** Frozen all the way down: configuration is read once. */
export type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };

const DEFAULT_FILE = 'serac.yaml';

/**
 * Reads configuration: defaults, then the file, then the environment (`SERAC_API_PORT=9000` stands for `api: {port: 9000}`).
 * @param file path of a YAML file; undefined: ./serac.yaml if there is one
 * @throws SeracError `config.invalid` that names each wrong place and what is expected there
 */
export function loadConfig(file: string | undefined, environment: NodeJS.ProcessEnv, overrides: object = {}): DeepReadonly<Config> {
  const path = file ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const written = path === undefined ? {} : readFile(path);
  const merged = merge(merge(written, fromEnvironment(ConfigSchema, environment, 'SERAC', [])), overrides);
  const complete = Value.Default(ConfigSchema, merged);
  if (!Value.Check(ConfigSchema, complete)) {
    const wrong = Value.Errors(ConfigSchema, complete)
      .filter((error) => error.keyword !== 'boolean')
      .map(
        ({ instancePath, message, params }) =>
          `${instancePath.slice(1).replaceAll('/', '.') || 'configuration'} ${message}${extra(params)}`,
      );
    throw new SeracError('config.invalid', `${path ?? 'The configuration'} is not valid: ${[...new Set(wrong)].join('; ')}.`);
  }
  return deepFreeze(complete);
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
    throw new SeracError('config.invalid', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new SeracError('config.invalid', `${path} is not a mapping of names to values.`);
  return parsed;
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
    const value = environment[variable];
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
