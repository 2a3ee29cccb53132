import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { API_DEFAULTS } from '../api/api-config.js';
import { assertBindAllowed } from '../api/safety/keys.js';
import { settingName } from '../config/config-environment.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import { DESCRIPTORS_MIN, descriptorLimit } from '../descriptor-limit.js';
import { messageOf, SeracError } from '../errors.js';
import { VENUES } from '../exchanges/registry.js';
import { assertFolderFit } from '../store/data-folder.js';
import { reasonOf } from '../system-error.js';
import { venueAccess } from './venue-access.js';

/**
 * Checks the configuration before any part is started, and reports all problems at once. Only this machine is checked.
 * @throws SeracError `config.invalid`
 */
export function assertMayRun(config: DeepReadonly<Config>, environment: NodeJS.ProcessEnv): void {
  assertEnoughDescriptors();
  const { api, clickhouse, data } = config;
  const name = (setting: string, value: string | undefined): string => settingName(setting, environment, value);
  const wrong = [
    () => {
      assertReadable(name('api.keysFile', api.keysFile), api.keysFile);
      const apiKeys = readKeys(api.keysFile, environment);
      const setting = apiKeys.length === 0 ? name('api.host', api.host) : keysName(api.keysFile, environment);
      naming(setting, () => assertBindAllowed({ host: api.host, apiKeys }));
    },
    () => assertReadable(name('clickhouse.passwordFile', clickhouse.passwordFile), clickhouse.passwordFile),
    () => naming(name('data', data), () => assertFolderUsable(data)),
    ...VENUES.map((venue) => () => void venueAccess(venue, config, environment, Date.now)),
  ].flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      return [error instanceof SeracError ? error.message : messageOf(error)];
    }
  });
  if (wrong.length > 0) throw new SeracError('config.invalid', wrong.join(' '));
}

/** @throws SeracError `overloaded` */
function assertEnoughDescriptors(): void {
  const limit = descriptorLimit();
  if (limit >= DESCRIPTORS_MIN) return;
  throw new SeracError(
    'overloaded',
    `This process may have only ${limit} files open: raise the limit with \`ulimit -n 4096\` in the shell that starts Serac.`,
  );
}

/** Files that the store reads and writes at once, and those of node itself. */
const DESCRIPTORS_OF_STORE = 1_024;

/** Most files and connections of a daemon with this configuration; its store has the same limit for itself. */
export function descriptorsNeeded({ feeds, recording }: DeepReadonly<Config>): number {
  const markets = new Map<string, number>();
  for (const { market } of feeds) markets.set(market.split(':', 1)[0]!, (markets.get(market.split(':', 1)[0]!) ?? 0) + 1);
  // Each connection has a second one while it is replaced.
  const sockets = [...markets.values()].reduce((sum, count) => sum + 2 * Math.ceil(count / recording.streamsPerSocket), 0);
  return DESCRIPTORS_OF_STORE + sockets + API_DEFAULTS.maxConnections;
}

/** Puts the setting in front of the sentence about it. */
function naming(setting: string, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new SeracError('config.invalid', `${setting}: ${messageOf(cause)}`, { cause });
  }
}

function keysName(file: string | undefined, environment: NodeJS.ProcessEnv): string {
  return environment['SERAC_API_KEYS'] === undefined ? settingName('api.keysFile', environment, file) : 'SERAC_API_KEYS';
}

function assertReadable(setting: string, file: string | undefined): void {
  try {
    if (file !== undefined) readFileSync(file);
  } catch (error) {
    throw new SeracError('config.invalid', `${setting}: cannot read ${file}: ${reasonOf(error)}.`);
  }
}

/** A data folder must be one of Serac's, or empty, or possible to create. */
function assertFolderUsable(dataDir: string): void {
  assertFolderFit(dataDir);
  let existing = resolve(dataDir);
  while (!existsSync(existing)) existing = dirname(existing);
  const reason = reasonNotToWriteTo(existing);
  if (reason === undefined) return;
  const what = existing === resolve(dataDir) ? 'write to' : 'create';
  throw new SeracError(
    'config.invalid',
    `Cannot ${what} the data folder ${dataDir} (${existing}: ${reason}): name another with data or --data.`,
  );
}

/** proc and sysfs, as statfs(2) numbers them. */
const KERNEL_FILE_SYSTEMS = [0x9fa0, 0x62656572];

function reasonNotToWriteTo(folder: string): string | undefined {
  try {
    if (!statSync(folder).isDirectory()) return 'it is a file';
    accessSync(folder, constants.W_OK | constants.X_OK);
    // Root may write to anything, and yet makes no folder there.
    return KERNEL_FILE_SYSTEMS.includes(statfsSync(folder).type) ? 'it is of the kernel, not of a disk' : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The API keys: those of the environment, else those of the file. */
export function readKeys(file: string | undefined, environment: NodeJS.ProcessEnv): string[] {
  const text = environment['SERAC_API_KEYS'] ?? (file === undefined ? '' : readFileSync(file, 'utf8'));
  return text
    .split(/[\n,]/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
}

/** Checks whether an address can be listened on. @throws SeracError `config.invalid` if not */
export async function assertPortFree({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  await new Promise<void>((isFree, isTaken) => {
    const probe = createServer();
    probe.once('error', (error) => isTaken(listenError(host, port, error)));
    probe.listen({ host, port }, () => probe.close(() => isFree()));
  });
}

/** Why an address cannot be listened on, and what to do. */
export function listenError(host: string, port: number, cause: unknown): SeracError {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  return new SeracError(
    'config.invalid',
    isTaken
      ? `Port ${port} of ${host} is in use: choose another with api.port, SERAC_API_PORT or --port.`
      : `Cannot listen on port ${port} of ${host} (${reasonOf(cause)}): choose another with api.host and api.port.`,
  );
}
