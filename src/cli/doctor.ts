import type { Command } from 'commander';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { loadConfig, type Config, type DeepReadonly } from '../config.js';
import { parseFeedId } from '../domain/symbol.js';
import { messageOf, SeracError } from '../errors.js';
import { VENUES, venueNamed } from '../exchanges/registry.js';
import { findDataFolder, isUnused } from '../store/data-folder.js';
import { makeTemporaryFolder } from '../store/temporary-folder.js';
import { write, writeJson } from './support/answer.js';
import { examples } from './support/examples.js';
import { openData, openServer, type OpenedData } from './support/open-data.js';

interface Check {
  readonly name: string;
  /** false: Serac will not work; null: it will, but look at it. */
  readonly ok: boolean | null;
  readonly detail: string;
}

interface DoctorFlags {
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

const FREE_BYTES_MIN = 1_000_000_000;
const VENUE_TIMEOUT_MS = 5_000;

/** `serac doctor`: looks at everything that the daemon needs, and says what to do about what is wrong. */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('checks machine, configuration, store and venues')
    .description('checks this machine, the configuration, the store and the venues')
    .option('-c, --config <file>', 'YAML file; default ./serac.yaml if there is one')
    .option('--data <dir>', 'data folder, instead of the configured one')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['doctor', 'before the first `serac run`'], ['doctor -c serac.yaml --json', 'for a script']))
    .action(async (flags: DoctorFlags) => {
      const checks = await examine(flags);
      const ok = checks.every((check) => check.ok !== false);
      if (flags.json) await writeJson({ ok, checks });
      else for (const { name, ok: well, detail } of checks) await write(`${mark(well)} ${name}: ${detail}\n`);
      if (!ok) process.exitCode = 1;
    });
}

function mark(ok: boolean | null): string {
  return ok === null ? 'look ' : ok ? 'ok   ' : 'WRONG';
}

async function examine(flags: DoctorFlags): Promise<Check[]> {
  const checks: Check[] = [node()];
  let config: DeepReadonly<Config>;
  try {
    config = loadConfig(flags.config, process.env, flags.data === undefined ? {} : { data: flags.data });
  } catch (error) {
    return [...checks, { name: 'configuration', ok: false, detail: messageOf(error) }];
  }
  checks.push({ name: 'configuration', ok: true, detail: `${config.feeds.length} markets, data in ${config.data}` });
  checks.push(folder(config.data), await store(config));
  for (const feed of config.feeds) checks.push(market(feed.market));
  const names = new Set(config.feeds.map(({ market }) => market.slice(0, market.indexOf(':'))));
  for (const venue of VENUES) {
    if (names.has(venue.name)) checks.push(await reachable(venue.name, config.venues[venue.name]?.rest ?? venue.endpoints.rest));
  }
  return checks;
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { name: 'node', ok, detail: ok ? process.versions.node : `${process.versions.node} is too old: install Node 20.19 or newer` };
}

function folder(dataDir: string): Check {
  let existing = resolve(dataDir);
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    return { name: 'data folder', ok: false, detail: `${existing} cannot be written to: choose another with "data:" or --data` };
  }
  try {
    if (!isUnused(dataDir)) findDataFolder(dataDir);
  } catch (error) {
    return { name: 'data folder', ok: false, detail: messageOf(error) };
  }
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free`;
  return { name: 'data folder', ok: free >= FREE_BYTES_MIN ? true : null, detail: free >= FREE_BYTES_MIN ? detail : `only ${detail}` };
}

async function store({ clickhouse, data }: DeepReadonly<Config>): Promise<Check> {
  const name = clickhouse.url === undefined ? 'embedded store' : 'ClickHouse';
  try {
    const began = performance.now();
    const version = await (clickhouse.url !== undefined
      ? versionOf(openServer(clickhouse, process.env, 'read'))
      : isUnused(data)
        ? versionOfNewStore()
        : versionOf(openData(data, 'read')));
    return { name, ok: true, detail: `ClickHouse ${version} answered after ${Math.round(performance.now() - began)} ms` };
  } catch (error) {
    // What a start of the daemon brings about is not wrong before it.
    const isBeforeStart = error instanceof SeracError && (error.code === 'not_found' || error.code === 'conflict');
    return { name, ok: isBeforeStart ? null : false, detail: messageOf(error) };
  }
}

async function versionOf(opening: Promise<OpenedData>): Promise<string> {
  const opened = await opening;
  try {
    const result = await opened.client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await result.json<{ version: string }>();
    return row?.version ?? '';
  } finally {
    await opened.close();
  }
}

/** The engine, tried on a folder that goes again: a look at the machine makes no data folder. */
async function versionOfNewStore(): Promise<string> {
  const folder = makeTemporaryFolder('doctor');
  try {
    return await versionOf(openData(folder.dir, 'make'));
  } finally {
    folder.remove();
  }
}

function market(feed: string): Check {
  try {
    const { exchange, symbol } = parseFeedId(feed);
    return { name: feed, ok: true, detail: `${venueNamed(exchange).toVenueSymbol(symbol)} at ${exchange}` };
  } catch (error) {
    return { name: feed, ok: false, detail: messageOf(error) };
  }
}

/** A venue that cannot be reached now does not keep the daemon from starting: it goes on trying. */
async function reachable(venue: string, hosts: readonly string[]): Promise<Check> {
  const failures: string[] = [];
  for (const host of hosts) {
    try {
      const began = performance.now();
      const response = await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(VENUE_TIMEOUT_MS) });
      return { name: venue, ok: true, detail: `${host} answered ${response.status} after ${Math.round(performance.now() - began)} ms` };
    } catch (error) {
      failures.push(`${host}: ${messageOf(error)}`);
    }
  }
  return { name: venue, ok: null, detail: `not reachable from here (${failures.join('; ')})` };
}
