import type { Command } from 'commander';
import { readDaemonRecord } from '../../daemon/daemon-record.js';
import { messageOf, SeracError } from '../../errors.js';
import { findDataFolder } from '../../store/data-folder.js';
import { printRows, type RowsLayout } from './print-rows.js';
import { examples, readFormat } from './read-flags.js';

/** A list that a running daemon gives, and how a table shows it. */
export interface DaemonList<Row extends object, Shown extends object> extends Pick<
  RowsLayout<keyof Shown & string>,
  'fields' | 'tableFields'
> {
  /** Of the command, and of the route: `feeds` prints what /v1/feeds answers. */
  readonly name: string;
  readonly inTable: (row: Row) => Shown;
  /** Printed in place of an empty table: a sentence. */
  readonly empty: string;
}

interface ListFlags {
  readonly data: string;
  readonly api?: string;
  readonly format: string;
  readonly json?: true;
  readonly wide?: true;
}

const ANSWER_MAX_MS = 10_000;

/** Adds a command that prints a list of a running daemon: as JSON what the daemon answers, row by row. */
export function addListCommand<Row extends object, Shown extends object>(program: Command, list: DaemonList<Row, Shown>): void {
  const { name, inTable, empty, fields, tableFields } = list;
  program
    .command(name)
    .summary(`shows the ${name} of a running daemon`)
    .description(`shows the ${name} of the daemon running on a data folder`)
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--api <url>', 'address of the daemon; default: the one in its data folder')
    .option('--format <format>', 'table or json', 'table')
    .option('--json', 'the same as --format json')
    .option('--wide', 'show all columns in a table, not only those that fit the terminal (80 characters without a terminal)')
    .addHelpText(
      'after',
      examples(
        [name, `${name} of the daemon on ./serac-data`],
        [`${name} --api http://127.0.0.1:8080`, `${name} of the daemon at that address`],
      ),
    )
    .action(async (flags: ListFlags) => {
      const format = readFormat(flags, ['table', 'json']);
      const rows = await fetchList<Row>(flags.api ?? readDaemonRecord(findDataFolder(flags.data).dir).api, name);
      const layout = { format, tableFields, wide: flags.wide === true, empty: () => empty };
      if (format === 'table') await printRows<Shown>({ ...layout, fields }, [rows.map(inTable)]);
      else await printRows<Row>({ ...layout, tableFields: [], fields: [] }, [rows]);
    });
}

/** @throws SeracError `not_found` where no daemon answers, `internal` where it does not give the list */
async function fetchList<Row>(api: string, name: string): Promise<Row[]> {
  let response: Response;
  try {
    response = await fetch(new URL(`/v1/${name}`, api), { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
  } catch (cause) {
    throw new SeracError('not_found', `No daemon answers at ${api}: ${messageOf(cause)}.`, { cause });
  }
  if (!response.ok) throw new SeracError('internal', `The daemon at ${api} answered ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { data: Row[] };
  return data;
}
