import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareWithBaseline, withResults, type Baseline, type Comparison } from './harness/baseline.js';
import { benchPage } from './harness/bench-page.js';
import type { BenchTable } from './harness/contender.js';
import { machine } from './harness/machine.js';
import { printTable } from './harness/print-table.js';
import { runTable } from './harness/run-table.js';
import type { TableResult } from './harness/table-result.js';
import { candlesTable } from './tables/candles.js';
import { decimalsTable } from './tables/decimals.js';
import { decodeTable } from './tables/decode.js';
import { dedupTable } from './tables/dedup.js';
import { encodeTable } from './tables/encode.js';
import { endToEndTable } from './tables/end-to-end.js';
import { latencyTable } from './tables/latency.js';
import { pipelineTable } from './tables/pipeline.js';
import { poolTable } from './tables/pool.js';
import { socketsTable } from './tables/sockets.js';
import { soakTable } from './tables/soak.js';
import { queriesTable } from './tables/queries.js';
import { replayTable } from './tables/replay.js';
import { startupTable } from './tables/startup.js';
import { storeTable } from './tables/store.js';
import { symbolsTable } from './tables/symbols.js';

/**
 * `npm run bench [-- NAME...] [--json] [--check] [--save-baseline]`: measures, prints, and ends with 0 only where every target was
 * reached and no ratio fell below the baseline. With --check the baseline alone decides: a target in units a second is the machine's too.
 */

const TABLES: readonly BenchTable[] = [
  decodeTable,
  decimalsTable,
  dedupTable,
  candlesTable,
  pipelineTable,
  encodeTable,
  storeTable,
  queriesTable,
  startupTable,
  replayTable,
  poolTable,
  socketsTable,
  endToEndTable,
  latencyTable,
  symbolsTable,
  soakTable,
];
const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const BASELINE = fileURLToPath(new URL('baseline.json', import.meta.url));
/** Rounds of a check, which looks for what fell by a quarter and not for a percent. */
const CHECK_ROUNDS = 5;
const FLAGS = ['--json', '--check', '--save-baseline'];

const log = (text: string): void => void process.stderr.write(`${text}\n`);

interface Judged extends Comparison {
  readonly result: TableResult;
}

async function main(args: readonly string[]): Promise<void> {
  const [json, check, save] = FLAGS.map((flag) => args.includes(flag));
  const names = args.filter((argument) => !FLAGS.includes(argument));
  const unknown = names.filter((name) => !TABLES.some((table) => table.name === name));
  if (unknown.length > 0) {
    log(`There is no ${unknown.join(', ')}. Tables: ${TABLES.map((table) => table.name).join(', ')}. Flags: ${FLAGS.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const baseline = existsSync(BASELINE) ? (JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline) : {};
  const judged: Judged[] = [];
  for (const table of TABLES) {
    if (names.length > 0 ? !names.includes(table.name) : table.onlyByName === true) continue;
    const rounds = check === true ? Math.min(table.rounds, CHECK_ROUNDS) : table.rounds;
    const targets = check === true ? [] : table.targets;
    const one = await judge({ ...table, rounds, targets }, save === true ? {} : baseline);
    judged.push(one);
    if (json !== true) process.stdout.write(`${printTable(one.result)}\n`);
  }
  const results = judged.map(({ result }) => result);
  const targets = results.flatMap((result) => result.targets);
  const missed = [
    ...targets.filter(({ verdict }) => verdict === 'missed').map(({ text, value }) => `${text} (${value ?? '?'})`),
    ...judged.flatMap(({ fallen }) => fallen),
  ];
  const notMeasured = [
    ...targets.filter(({ verdict }) => verdict === 'not measured').map(({ text }) => text),
    ...judged.flatMap((one) => one.notMeasured),
  ];
  if (save === true) {
    writeFileSync(BASELINE, `${JSON.stringify(withResults(baseline, results), null, 2)}\n`);
    log(`Wrote ${BASELINE}.`);
  }
  // A page of one table would pass for the whole.
  if (names.length === 0) {
    mkdirSync(new URL('.', `file://${PAGE}`), { recursive: true });
    writeFileSync(PAGE, benchPage(machine(), results));
    log(`Wrote ${PAGE}.`);
  }
  const ok = missed.length === 0;
  if (json === true) process.stdout.write(`${JSON.stringify({ ok, missed, notMeasured, machine: machine(), tables: results })}\n`);
  else process.stdout.write(verdict(missed, notMeasured, check === true));
  process.exitCode = ok ? 0 : 1;
}

/** Runs a table and holds it against the baseline; work of one core that seems slower is measured once more before it counts. */
async function judge(table: BenchTable, baseline: Baseline): Promise<Judged> {
  for (let again = table.basis === 'cpu'; ; again = false) {
    const began = performance.now();
    const result = await runTable(table, (line) => log(`${table.name}: ${line}`));
    log(`${table.name}: ${((performance.now() - began) / 1_000).toFixed(0)} s\n`);
    const comparison = compareWithBaseline(baseline, result);
    if (comparison.fallen.length === 0 || !again) return { result, ...comparison };
    log(`${comparison.fallen.join('\n')}\n${table.name}: once more`);
  }
}

function verdict(missed: readonly string[], notMeasured: readonly string[], check: boolean): string {
  const reached = check ? 'No ratio fell below the baseline.' : 'Every target that was measured was reached.';
  return [
    ...notMeasured.map((text) => `Not measured: ${text}\n`),
    missed.length === 0 ? `${reached}\n` : `Missed: ${missed.join('; ')}\n`,
  ].join('');
}

await main(process.argv.slice(2));
