import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { loadConfig, type Config, type DeepReadonly } from '../config/load-config.js';
import { descriptorsNeeded } from '../daemon/preflight.js';
import { descriptorLimit } from '../descriptor-limit.js';
import { messageOf, SeracError } from '../errors.js';
import { DEFAULT_DATABASE } from '../store/connect-clickhouse.js';
import { detachedParts, type DetachedPart } from '../store/damaged-parts.js';
import { assertFolderFit, isUnused } from '../store/data-folder.js';
import { makeTemporaryFolder } from '../store/temporary-folder.js';
import { write, writeJson } from './support/answer.js';
import { checkEachMarket, checkVenues, type Check } from './support/check-venues.js';
import { examples } from './support/read-flags.js';
import { openData, openServer, type OpenedData } from './support/open-data.js';

interface DoctorFlags {
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

/** Below this it warns. */
const FREE_BYTES_MIN = 1_000_000_000;
/** Below this there is no room to record: the store needs this much for merges. */
const FREE_BYTES_FULL = 100_000_000;
/** Damaged parts that are named. */
const PARTS_SHOWN_MAX = 5;

/** `serac doctor`: checks everything that the daemon needs, and says what to do about problems. */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('checks machine, configuration, store and venues')
    .description('checks this machine, the configuration, the store and the venues')
    .option('-c, --config <file>', 'configuration file; default ./serac.yaml if it exists')
    .option('--data <dir>', 'data folder; default: the configured one')
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
  checks.push(descriptors(config), folder(config.data), ...(await store(config)));
  checks.push(...(await checkEachMarket(config, process.env)), ...(await checkVenues(config, process.env)));
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
    return { name: 'data folder', ok: false, detail: `${existing} is not writable: choose another with "data:" or --data` };
  }
  try {
    assertFolderFit(dataDir);
  } catch (error) {
    return { name: 'data folder', ok: false, detail: messageOf(error) };
  }
  const { bavail, bsize } = statfsSync(existing);
  return { name: 'data folder', ...freeSpace(bavail * bsize) };
}

/** Whether there is enough free space to record. */
export function freeSpace(bytes: number): Omit<Check, 'name'> {
  if (bytes >= FREE_BYTES_MIN) return { ok: true, detail: `${(bytes / 1e9).toFixed(1)} GB free` };
  const detail = `only ${Math.floor(bytes / 1e6)} MB free`;
  if (bytes >= FREE_BYTES_FULL) return { ok: null, detail };
  return { ok: false, detail: `${detail}: free some space, or choose a folder on another disk with "data:" or --data` };
}

async function store({ clickhouse, data }: DeepReadonly<Config>): Promise<Check[]> {
  const name = clickhouse.url === undefined ? 'embedded store' : 'ClickHouse';
  try {
    const began = performance.now();
    const { version, detached } = await (clickhouse.url !== undefined
      ? look(openServer(clickhouse, process.env, 'read'), clickhouse.database)
      : isUnused(data)
        ? lookAtNewStore()
        : look(openData(data, 'read')));
    const answered = { name, ok: true, detail: `ClickHouse ${version} answered after ${Math.round(performance.now() - began)} ms` };
    return [answered, damagedParts(detached)];
  } catch (error) {
    // What a start of the daemon creates may be absent before it.
    const isBeforeStart = error instanceof SeracError && (error.code === 'not_found' || error.code === 'conflict');
    return [{ name, ok: isBeforeStart ? null : false, detail: messageOf(error) }];
  }
}

/** Damaged or manually detached parts: their rows are not in the tables. */
function damagedParts(detached: readonly DetachedPart[]): Check {
  const name = 'damaged parts';
  if (detached.length === 0)
    return {
      name,
      ok: true,
      detail: 'none in detached/; `serac verify` or CHECK TABLE finds damage that no read has met yet',
    };
  const shown = detached.slice(0, PARTS_SHOWN_MAX).map((part) => `${part.table}/${part.name}`);
  const more = detached.length > shown.length ? `, and ${detached.length - shown.length} more` : '';
  return {
    ...{ name, ok: null },
    detail: `${detached.length} in detached/ (${shown.join(', ')}${more}): "Damaged parts" in docs/operations.md explains what was lost and what to do`,
  };
}

async function look(
  opening: Promise<OpenedData>,
  database = DEFAULT_DATABASE,
): Promise<{ readonly version: string; readonly detached: readonly DetachedPart[] }> {
  const opened = await opening;
  try {
    const result = await opened.client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await result.json<{ version: string }>();
    return { version: row?.version ?? '', detached: await detachedParts(opened.client, database) };
  } finally {
    await opened.close();
  }
}

/** Tests the engine on a temporary folder: a check makes no data folder. */
async function lookAtNewStore(): ReturnType<typeof look> {
  const folder = makeTemporaryFolder('doctor');
  try {
    return await look(openData(folder.dir, 'make'));
  } finally {
    folder.remove();
  }
}

function descriptors(config: DeepReadonly<Config>): Check {
  const needed = descriptorsNeeded(config);
  const limit = descriptorLimit();
  const name = 'descriptors';
  if (limit >= needed) return { name, ok: true, detail: `limit ${limit === Infinity ? 'none' : limit}, up to ${needed} needed` };
  return { name, ok: null, detail: `the limit is ${limit}, and up to ${needed} may be needed: raise it with ulimit -n ${needed}` };
}
