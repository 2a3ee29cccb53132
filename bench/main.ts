import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchPage } from './harness/bench-page.js';
import { machine } from './harness/machine.js';
import { printTable } from './harness/print-table.js';
import { runTable } from './harness/run-table.js';
import type { TableResult } from './harness/table-result.js';
import { decodeTable } from './tables/decode.js';
import { encodeTable } from './tables/encode.js';
import { endToEndTable } from './tables/end-to-end.js';
import { pipelineTable } from './tables/pipeline.js';
import { poolTable } from './tables/pool.js';
import { storeTable } from './tables/store.js';
import { symbolsTable } from './tables/symbols.js';

/** `npm run bench [-- NAME...] [--json]`: measures, prints, and ends with 0 only where every target was reached. */

const TABLES = [decodeTable, pipelineTable, encodeTable, storeTable, poolTable, endToEndTable, symbolsTable];
const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const log = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json');
  const names = args.filter((argument) => !argument.startsWith('--'));
  const unknown = names.filter((name) => !TABLES.some((table) => table.name === name));
  if (unknown.length > 0) {
    log(`There is no table ${unknown.join(', ')}. Tables: ${TABLES.map((table) => table.name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const results: TableResult[] = [];
  for (const table of TABLES) {
    if (names.length > 0 && !names.includes(table.name)) continue;
    const began = performance.now();
    const result = await runTable(table, (line) => log(`${table.name}: ${line}`));
    log(`${table.name}: ${((performance.now() - began) / 1_000).toFixed(0)} s\n`);
    results.push(result);
    if (!json) process.stdout.write(`${printTable(result)}\n`);
  }
  const missed = results.flatMap(({ targets }) => targets.filter(({ reached }) => !reached).map(({ text, value }) => `${text} (${value})`));
  // A page of one table would pass for the whole.
  if (names.length === 0) {
    mkdirSync(new URL('.', `file://${PAGE}`), { recursive: true });
    writeFileSync(PAGE, benchPage(machine(), results));
    log(`Wrote ${PAGE}.`);
  }
  const ok = missed.length === 0;
  if (json) process.stdout.write(`${JSON.stringify({ ok, missed, machine: machine(), tables: results })}\n`);
  else process.stdout.write(ok ? 'Every target was reached.\n' : `Missed: ${missed.join('; ')}\n`);
  process.exitCode = ok ? 0 : 1;
}

await main(process.argv.slice(2));
