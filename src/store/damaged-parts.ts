import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { messageOf, SeracError } from '../errors.js';
import { rowsOf } from './queries/select.js';

/** A part that is detached from its table because its files are damaged. They are in `detached/`. */
export interface DetachedPart {
  readonly table: string;
  /** Its name in `detached/`. */
  readonly name: string;
  /** ClickHouse's reason. */
  readonly reason: string;
}

/**
 * Codes by which ClickHouse says that a file of a part is truncated, changed, or missing. Most of them may also mean something else: `CHECK
 * TABLE` decides.
 */
const DAMAGE_CODES = new Map([
  ...([32, 33, 40, 74, 107, 117, 128, 131, 226, 227, 228, 246, 271, 432] as const).map((code) => [String(code), code] as const),
  // A file system error without a ClickHouse code of its own, such as a missing file.
  ['1001', 1001] as const,
]);

/**
 * Errors of the operating system about the state of the file itself: it is missing, or the disk cannot read it. All others are temporary.
 */
const ERRNOS_OF_DAMAGE = new Set(['2', '5']);

/** Whether an error, or its cause, may come from a damaged part. */
export function suggestsDamage(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof ClickHouseError) return DAMAGE_CODES.has(error.code);
  }
  return false;
}

/** How often ClickHouse has raised an error that suggests damage since it started, and the last message of each kind. */
export async function damageErrors(client: ClickHouseClient): Promise<{ readonly count: number; readonly messages: readonly string[] }> {
  const rows = await read<{ count: string; message: string }>(
    client,
    `SELECT toString(value) AS count, last_error_message AS message FROM system.errors WHERE code IN {codes:Array(Int32)}`,
    { codes: [...DAMAGE_CODES.values()] },
  );
  return { count: rows.reduce((sum, { count }) => sum + Number(count), 0), messages: rows.map(({ message }) => message) };
}

/**
 * Detaches damaged parts from their tables. Nothing is deleted: their files are then in the table's folder `detached/`.
 * @param messages error messages: a part named by its path is checked
 * @param otherwise if they name none: `all` checks every part of the database, which reads everything stored
 */
export async function detachDamagedParts(
  client: ClickHouseClient,
  database: string,
  messages: readonly string[],
  otherwise: 'all' | 'named',
): Promise<readonly DetachedPart[]> {
  const parts = await read<{ table: string; name: string; path: string }>(
    client,
    'SELECT table, name, path FROM system.parts WHERE database = {database:String} AND active ORDER BY table, name',
    { database },
  );
  const named = parts.filter(({ path }) => messages.some((message) => message.includes(path)));
  const detached: DetachedPart[] = [];
  for (const { table, name } of named.length > 0 || otherwise === 'named' ? named : parts) {
    const reason = await damageOf(client, database, table, name);
    if (reason === undefined) continue;
    await client.command({
      query: `ALTER TABLE {database:Identifier}.{table:Identifier} DETACH PART ${literal(name)}`,
      query_params: { database, table },
    });
    detached.push({ table, name, reason });
  }
  return detached;
}

/** Detached parts of a database: damaged ones, detached by ClickHouse or by this program, and manually detached ones. */
export async function detachedParts(client: ClickHouseClient, database: string): Promise<readonly DetachedPart[]> {
  return await read<DetachedPart>(
    client,
    `SELECT table, name, ifNull(reason, '') AS reason FROM system.detached_parts
     WHERE database = {database:String} ORDER BY table, name`,
    { database },
  );
}

/** What is wrong with a part; undefined if nothing is, or if it could not be checked for a temporary reason. */
async function damageOf(client: ClickHouseClient, database: string, table: string, name: string): Promise<string | undefined> {
  try {
    const rows = await read<{ is_passed: number | string; message: string }>(
      client,
      `CHECK TABLE {database:Identifier}.{table:Identifier} PART ${literal(name)}`,
      { database, table },
      { check_query_single_value_result: '0' },
    );
    const failed = rows.find(({ is_passed }) => Number(is_passed) === 0);
    return failed === undefined || passes(failed.message) ? undefined : failed.message;
  } catch (error) {
    // Merged or detached meanwhile.
    if (error instanceof ClickHouseError && NO_SUCH_PART.has(error.code)) return undefined;
    if (!suggestsDamage(error) || passes(messageOf(error))) throw error;
    return messageOf(error);
  }
}

/** A part's name as an SQL literal: these statements accept no parameter in its place. */
function literal(name: string): string {
  if (!/^[\w-]+$/.test(name)) throw new RangeError(`${JSON.stringify(name)} is not a name of a part`);
  return `'${name}'`;
}

const NO_SUCH_PART = new Set(['232']);

/** Whether a part could not be checked because of the machine's state: no descriptors, no permission, no memory. */
function passes(message: string): boolean {
  const errno = /errno: (\d+)/.exec(message)?.[1];
  if (errno !== undefined) return !ERRNOS_OF_DAMAGE.has(errno);
  const code = /Code: (\d+)/.exec(message)?.[1];
  if (code === '1001') return !message.includes('No such file or directory');
  return code !== undefined && !DAMAGE_CODES.has(code);
}

async function read<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Record<string, unknown>,
  settings: Record<string, string> = {},
): Promise<Row[]> {
  const result = await client.query({ query, query_params: parameters, format: 'JSONEachRow', clickhouse_settings: settings });
  return await rowsOf<Row>(result);
}

/** Longest quotation of ClickHouse's message, characters: it continues with paths and its own versions. */
const QUOTED_MAX = 200;

/** An error of ClickHouse as an operating error; undefined for anything else. Its causes are searched, too. */
export function storeError(thrown: unknown): SeracError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (!(error instanceof ClickHouseError)) continue;
    const [first = ''] = error.message.split('\n', 1);
    const said = `code ${error.code}: ${first.length > QUOTED_MAX ? `${first.slice(0, QUOTED_MAX)}…` : first}`;
    return new SeracError(
      'store.refused',
      suggestsDamage(error)
        ? `What is stored cannot be read, as when a part of a table is damaged: "Damaged parts" in docs/operations.md says what to do (${said}).`
        : `The store refused it (${said}).`,
    );
  }
  return undefined;
}
