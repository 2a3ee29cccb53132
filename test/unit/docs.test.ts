import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { Registry } from 'prom-client';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AuditQuery } from '../../src/api/routes/audit.js';
import { CandlesQuery } from '../../src/api/routes/candles.js';
import { GapsQuery } from '../../src/api/routes/gaps.js';
import { TradesQuery } from '../../src/api/routes/trades.js';
import { ConfigSchema, loadConfig } from '../../src/config/load-config.js';
import type { Daemon } from '../../src/daemon/daemon.js';
import { addDaemonReadings } from '../../src/daemon/metrics.js';
import { VENUES } from '../../src/exchanges/registry.js';
import { migrations } from '../../src/store/migrate.js';
import { PROJECT, readPages, type Page } from '../support/docs/pages.js';
import { testApp } from './api/support/test-app.js';

const pages = readPages();
const page = (file: string): Page => pages.find((one) => one.file === file)!;
const source = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8');

// Schema and generated tables are brought up to date with `npx vitest run test/unit/docs.test.ts -u`.

describe('the pages', () => {
  it.each(pages)('$file links to what exists', ({ file, text }) => {
    const dead = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target) && !resolves(file, target));
    expect(dead).toEqual([]);
  });

  it.each(pages)('$file names files that exist', ({ codes }) => {
    const named = codes.filter((code) => /^(src|test|bench|docs|bin|scripts|infra|\.ci)\/[^ *{]*$/.test(code));
    expect(named.filter((name) => !existsSync(path.join(PROJECT, name)))).toEqual([]);
  });

  it('of a trade names functions where they stand, and files that exist, in the list of them, too', () => {
    const { text, blocks } = page('docs/a-trade.md');
    const places = [...text.matchAll(/((?:`[\w.]+`(?:,| and)? )+)in `(src\/[^`]+)`/g)];
    expect(places.length).toBeGreaterThan(20);
    const missing = places.flatMap(([, names = '', file = '']) =>
      [...names.matchAll(/(\w+)`/g)].filter(([, name = '']) => !source(file).includes(name)).map(([, name]) => `${name} in ${file}`),
    );
    expect(missing).toEqual([]);
    const listed = blocks.flatMap((block) => block.text.match(/^src\/\S+/gm) ?? []);
    expect(listed.filter((file) => !existsSync(path.join(PROJECT, file)))).toEqual([]);
  });

  it.each(pages)('$file names scripts of package.json', ({ text }) => {
    const { scripts } = JSON.parse(source('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm (?:run (?:-s )?([a-z:]+)|(test))/g)].map(([, script, test]) => script ?? test!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(pages)('$file names commands and options that exist', async ({ codes, blocks }) => {
    const program = await commandLine();
    const lines = [...codes, ...blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'))];
    const calls = lines.flatMap((line) => [...line.matchAll(/(?:^|[|;&] ?|npx )serac ([^|;&>]+)/g)].map(([, call = '']) => call));
    expect(calls.map((call) => unknownIn(program, call)).filter((unknown) => unknown !== undefined)).toEqual([]);
    const options = codes.filter((code) => /^--?[a-z]/.test(code)).map((code) => code.split(/[ =]/)[0]!);
    const known = program.commands.flatMap((command) => [command, ...command.commands]).flatMap(namesOfOptions);
    expect(options.filter((option) => !known.includes(option) && option !== '--help')).toEqual([]);
  });

  it.each(pages)('$file names settings and variables that exist', ({ text, codes }) => {
    const settings = leaves(ConfigSchema);
    const groups = new Set(settings.filter(({ name }) => name.includes('.')).map(({ name }) => name.split('.')[0]!));
    const named = codes.map((code) => /^([a-z]+)\.[a-zA-Z]+(?=$|:)/.exec(code)).filter((match) => match !== null && groups.has(match[1]!));
    expect(named.map((match) => match![0]).filter((name) => !settings.some((setting) => setting.name === name))).toEqual([]);
    const known = [
      'SERAC_API_KEYS',
      'SERAC_CLICKHOUSE_PASSWORD',
      'SERAC_EFFORT',
      ...VENUES.flatMap(({ name }) => ['API_KEY', 'PROXY'].map((what) => `SERAC_VENUES_${name.toUpperCase()}_${what}`)),
      ...settings.map(({ variable }) => variable),
    ];
    expect((text.match(/SERAC_[A-Z0-9_]+/g) ?? []).filter((variable) => !known.includes(variable))).toEqual([]);
  });
});

describe('the configuration', () => {
  it('has the schema that is published', async () => {
    await expect(`${JSON.stringify(ConfigSchema, null, 2)}\n`).toMatchFileSnapshot('../../docs/serac.schema.json');
  });

  it('is shown whole, with its defaults, in the example', () => {
    const example = path.join(PROJECT, 'serac.example.yaml');
    expect(loadConfig(example, {})).toEqual(loadConfig(undefined, {}));
    const written = parse(source('serac.example.yaml')) as object;
    const missing = leaves(ConfigSchema).filter(({ name, schema }) => schema.default !== undefined && valueAt(written, name) === undefined);
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('is listed setting by setting', async () => {
    const rows = leaves(ConfigSchema).map(({ name, variable, schema }) => {
      const { description = '', minimum, maximum } = schema;
      const range = minimum === undefined ? '' : ` (${minimum} to ${maximum ?? ''})`;
      const initial = schema.default === undefined ? 'none' : `\`${JSON.stringify(schema.default)}\``;
      return `| \`${name}\` | ${initial} | ${name === 'venues' ? '' : `\`${variable}\``} | ${description}${range} |`;
    });
    await expectTable('docs/operations.md', 'configuration', ['setting', 'default', 'variable', 'what'], rows);
  });
});

describe('the tables of the pages', () => {
  it('list every metric', async () => {
    const metrics = new Registry();
    addDaemonReadings(metrics, { venues: [], feeds: () => [] } as unknown as Daemon);
    await testApp({ metrics });
    const rows = (metrics.getMetricsAsArray() as unknown as MetricObject[]).map(({ name, help, labelNames, constructor }) => {
      return `| \`${name}\` | ${constructor.name.toLowerCase()} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
    });
    await expectTable('docs/operations.md', 'metrics', ['name', 'kind', 'labels', 'what'], rows);
  });

  it.each(tables())('have the columns of $name, its engine and its key', ({ name, columns, engine, key }) => {
    const section = page('docs/data-model.md').text.split(`### ${name}\n`)[1]?.split(/^##/m)[0] ?? '';
    const rows = [...section.matchAll(/^\| (\w+) \| ([^|]+) \|/gm)].map(([, column, type]) => `${column!} ${type!.trim()}`);
    expect(rows.filter((row) => row !== 'column type')).toEqual(columns);
    expect(section).toContain(`\`${engine}\`, ordered by ${key}`);
  });

  it('list every reason of a reject', () => {
    const used = source('src/domain/reject.ts').split('export interface')[0]!;
    const elsewhere = readdirSync(path.join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('reject.ts'))
      .map((file) => source(path.join('src', file)))
      .join('\n');
    const reasons = [...used.matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason!).filter((reason) => elsewhere.includes(`'${reason}'`));
    expect(reasons.filter((reason) => !page('docs/data-model.md').codes.includes(reason))).toEqual([]);
  });

  it('list the parameters of each route', () => {
    const rows = new Map(
      [...page('docs/data-model.md').text.matchAll(/^\| `(\/v1\/\w+)` \| (.*) \|$/gm)].map(([, route, cell]) => [route!, cell!]),
    );
    const routes = Object.entries({
      ...{ '/v1/candles': CandlesQuery.properties, '/v1/trades': TradesQuery.properties },
      ...{ '/v1/gaps': GapsQuery.properties, '/v1/audit': AuditQuery.properties },
    });
    for (const [route, parameters] of routes) {
      // What stands in brackets are values.
      const named = [
        ...rows
          .get(route)!
          .replace(/`state` \([^)]*\)/, '`state`')
          .matchAll(/`(\w+)`/g),
      ].map(([, name]) => name!);
      expect(named.sort()).toEqual(Object.keys(parameters).sort());
      if (!('limit' in parameters)) continue;
      const { maximum } = parameters.limit as { readonly maximum?: number };
      expect(rows.get(route)).toContain(`at most ${maximum!.toLocaleString('en')}`);
    }
  });

  it('name every route of the API', async () => {
    const response = await (await testApp()).inject({ url: '/openapi.json', headers: { host: '127.0.0.1' } });
    const { paths } = response.json<{ paths: Record<string, Record<string, unknown>> }>();
    const text = `${page('docs/data-model.md').text}\n${page('docs/operations.md').text}`;
    const calls = Object.entries(paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => (method === 'get' ? `\`${route}\`` : `\`${method.toUpperCase()} ${route}`)),
    );
    const named = (call: string): boolean => text.includes(call) || text.includes(call.replace('{id}', 'binance:SOL-USDT'));
    expect(calls.filter((call) => call !== '`/`' && !named(call))).toEqual([]);
  });

  it('name each member of a venue, and each venue', () => {
    const venue = source('src/exchanges/venue.ts').split('export interface Venue {')[1]!;
    const members = [...venue.matchAll(/^ {2}(?:readonly )?(\w+)[?]?[:(]/gm)].map(([, member]) => member!);
    const { text, codes } = page('docs/adding-an-exchange.md');
    expect(members.filter((member) => !codes.includes(member))).toEqual([]);
    expect(VENUES.filter(({ name }) => !page('README.md').text.toLowerCase().includes(name)).map(({ name }) => name)).toEqual([]);
    expect(text).toContain('src/exchanges/registry.ts');
  });
});

interface MetricObject {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly constructor: { readonly name: string };
}

interface Leaf {
  readonly name: string;
  readonly variable: string;
  readonly schema: TSchema & {
    readonly default?: unknown;
    readonly description?: string;
    readonly minimum?: number;
    readonly maximum?: number;
  };
}

function leaves(schema: TSchema, path: readonly string[] = []): Leaf[] {
  const { properties } = schema as { properties?: Record<string, Leaf['schema']> };
  return Object.entries(properties ?? {}).flatMap(([name, child]) => {
    const here = [...path, name];
    const variable = `SERAC_${here.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;
    return 'properties' in child ? leaves(child, here) : [{ name: here.join('.'), variable, schema: child }];
  });
}

function valueAt(value: unknown, name: string): unknown {
  return name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], value);
}

/** Compares a page with itself, the table between two marks made anew; with `-u` vitest writes what differs. */
async function expectTable(file: string, mark: string, head: readonly string[], rows: readonly string[]): Promise<void> {
  const [before, after] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const text = source(file);
  const table = [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows].map((row) => `${row}\n`).join('');
  const made = text.slice(0, text.indexOf(before) + before.length) + table + text.slice(text.indexOf(after));
  await expect(made).toMatchFileSnapshot(`../../${file}`);
}

function resolves(file: string, target: string): boolean {
  const [name = '', anchor] = target.split('#');
  const to = name === '' ? file : path.posix.join(path.posix.dirname(file), name);
  if (!existsSync(path.join(PROJECT, to))) return false;
  if (anchor === undefined) return true;
  const headings = [...source(to).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!.toLowerCase());
  return headings.some((heading) => heading.replace(/[^\w -]/g, '').replaceAll(' ', '-') === anchor);
}

/** The program with every command of src/cli. */
async function commandLine(): Promise<Command> {
  const program = new Command('serac');
  for (const file of readdirSync(path.join(PROJECT, 'src/cli')).filter((name) => name.endsWith('.ts'))) {
    const exported = (await import(`../../src/cli/${file.slice(0, -3)}.ts`)) as Record<string, unknown>;
    for (const [name, register] of Object.entries(exported)) {
      if (name.endsWith('Command')) (register as (program: Command) => void)(program);
    }
  }
  return program;
}

function namesOfOptions(command: Command): string[] {
  return command.options.flatMap(({ short, long }) => [short, long]).filter((name) => name !== undefined);
}

/** What of a call is not known, or undefined. */
function unknownIn(program: Command, call: string): string | undefined {
  const words = call.trim().split(/\s+/);
  if (words[0]!.startsWith('-')) return undefined;
  let command = program.commands.find((known) => known.name() === words[0]);
  if (command === undefined) return `serac ${words[0]!}`;
  if (command.commands.length > 0 && words[1] !== undefined) {
    command = command.commands.find((known) => known.name() === words[1]);
    if (command === undefined) return `serac ${words[0]!} ${words[1]}`;
  }
  const known = [...namesOfOptions(command), '--help'];
  const unknown = words.find((word) => /^--?[a-z]/.test(word) && !known.includes(word.split('=')[0]!));
  return unknown === undefined ? undefined : `serac ${words[0]!} ${unknown}`;
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly engine: string;
  readonly key: string;
}

/** The tables that the migrations make, column by column as `name Type`. */
function tables(): Table[] {
  const statements = migrations.flatMap(({ statements: of }) => of('db'));
  return statements.flatMap((statement) => {
    const match = /^CREATE TABLE IF NOT EXISTS db\.(\w+) \(\n([\s\S]*?)\n\s*\)\s*ENGINE = (\S+)\s[\s\S]*?ORDER BY (\([^)]*\))/.exec(
      statement,
    );
    if (match === null) return [];
    const [, name = '', body = '', engine = '', key = ''] = match;
    const lines = body.split(/,\n/).map((line) => line.trim());
    const columns = lines
      .filter((line) => !line.startsWith('INDEX '))
      .map((line) => line.replace(/ (CODEC|DEFAULT|MATERIALIZED) ?.*$/, ''));
    return [{ name, columns, engine, key }];
  });
}
