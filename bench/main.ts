import { fork } from 'node:child_process';
import { once } from 'node:events';
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
/** What a process is told that runs one table. */
const TABLE_FLAG = '--in-this-process';
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
    const one = await judge(table, rounds, save === true ? {} : baseline);
    judged.push(check === true ? { ...one, result: { ...one.result, targets: [] } } : one);
    if (json !== true) process.stdout.write(`${printTable(judged.at(-1)!.result)}\n`);
  }
  const results = judged.map(({ result }) => result);
  const targets = results.flatMap((result) => result.targets);
  const missed = [
    ...targets.filter(({ verdict }) => verdict === 'missed').map(({ text, value }) => `${text} (${value ?? '?'})`),
    ...judged.flatMap(({ fallen }) => fallen.map(({ text, measured }) => `${text} (${measured})`)),
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

/** Runs a table and holds it against the baseline; work of one core that seems slower counts only if it is once more. */
async function judge(table: BenchTable, rounds: number, baseline: Baseline): Promise<Judged> {
  const result = await runInProcess(table.name, rounds);
  const comparison = compareWithBaseline(baseline, result);
  if (comparison.fallen.length === 0 || table.basis === 'wall') return { result, ...comparison };
  log(`${comparison.fallen.map(({ text, measured }) => `${text} (${measured})`).join('\n')}\n${table.name}: once more`);
  const again = await runInProcess(table.name, rounds);
  const first = new Set(comparison.fallen.map(({ text }) => text));
  const second = compareWithBaseline(baseline, again);
  return { result: again, ...second, fallen: second.fallen.filter(({ text }) => first.has(text)) };
}

/** Each table has a process to itself: code that one has made hot for its shapes is not the code that the next one would have. */
async function runInProcess(name: string, rounds: number): Promise<TableResult> {
  const began = performance.now();
  const child = fork(fileURLToPath(import.meta.url), [TABLE_FLAG, name, String(rounds)], {
    execArgv: process.execArgv,
    serialization: 'advanced',
    // Standard output is for the document alone.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit').then(() => undefined);
  const result = await Promise.race([once(child, 'message').then(([message]) => message as TableResult), ended]);
  if (result === undefined) throw new Error(`the table ${name} ended without a result`);
  await ended;
  log(`${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s\n`);
  return result;
}

/** What such a process does. */
async function runOne(name: string, rounds: number): Promise<void> {
  const table = TABLES.find((one) => one.name === name)!;
  const result = await runTable({ ...table, rounds }, (line) => log(`${name}: ${line}`));
  process.send!(result, () => process.disconnect());
}

function verdict(missed: readonly string[], notMeasured: readonly string[], check: boolean): string {
  const reached = check ? 'No ratio fell below the baseline.' : 'Every target that was measured was reached.';
  return [
    ...notMeasured.map((text) => `Not measured: ${text}\n`),
    missed.length === 0 ? `${reached}\n` : `Missed: ${missed.join('; ')}\n`,
  ].join('');
}

const [flag, ...rest] = process.argv.slice(2);
if (flag === TABLE_FLAG) await runOne(rest[0]!, Number(rest[1]));
else await main(process.argv.slice(2));
