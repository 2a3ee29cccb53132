import process from 'node:process';
import { Command } from 'commander';
import { askSimulations, askTests, type Verdict } from './ask.js';
import type { Mutant } from './mutant.js';
import { mutants } from './mutants.js';
import { ProjectCopy } from './project-copy.js';

/** Who noticed a mutant; null: it lives. */
type Killer = 'tests' | 'simulations' | 'time' | null;

interface Outcome {
  readonly name: string;
  readonly file: string;
  readonly killedBy: Killer;
  readonly seconds: number;
}

interface Flags {
  readonly json?: true;
  readonly list?: true;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const write = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(names: readonly string[], { json, list }: Flags): Promise<void> {
  const chosen = names.length === 0 ? mutants : names.map(mutantNamed);
  if (list === true) {
    for (const { name } of chosen) write(name);
    return;
  }
  const began = performance.now();
  const copy = new ProjectCopy();
  const stop = (): void => process.exit(130);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.once('exit', () => copy.remove());
  say(`${chosen.length} mutants; first tests and simulations without any`);
  const timeouts = await timeoutsWithout(copy, chosen);
  const outcomes: Outcome[] = [];
  for (const mutant of chosen) {
    const { name, file } = mutant;
    const from = performance.now();
    const killedBy = await copy.with(mutant, () => killerOf(copy, mutant, timeouts));
    const seconds = Math.round((performance.now() - from) / 100) / 10;
    outcomes.push({ name, file, killedBy, seconds });
    say(`${outcomes.length} of ${chosen.length}  ${killedBy === null ? 'LIVES' : `killed by ${killedBy}`}  ${seconds} s  ${name}`);
  }
  const living = outcomes.filter(({ killedBy }) => killedBy === null).map(({ name }) => name);
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.exitCode = living.length === 0 ? 0 : 1;
  if (json === true) write(JSON.stringify({ ok: living.length === 0, mutants: outcomes.length, living, seconds, outcomes }));
  else write(`${outcomes.length - living.length} of ${outcomes.length} mutants killed in ${seconds} s`);
}

/** Longest time for tests, and for simulations, ms. */
interface Timeouts {
  readonly tests: number;
  readonly simulations: number;
}

/** Simulations that take so many times longer than without a mutant will not end; nor do a few tests that take longer than all of them. */
const SIMULATIONS_TIMES = 4;
const TIMEOUT_MIN_MS = 120_000;
/** A bound where no time is known yet. */
const UNMUTATED_MAX_MS = 1_800_000;

/**
 * Tests that fail without a mutant would kill each one.
 * @returns how long to wait for them with one
 */
async function timeoutsWithout(copy: ProjectCopy, chosen: readonly Mutant[]): Promise<Timeouts> {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  return {
    tests: await timeoutOf('test', 1, () => askTests(copy.folder, files, UNMUTATED_MAX_MS)),
    simulations: await timeoutOf('run sim', SIMULATIONS_TIMES, () => askSimulations(copy.folder, UNMUTATED_MAX_MS)),
  };
}

async function timeoutOf(script: string, times: number, ask: () => Promise<Verdict>): Promise<number> {
  const from = performance.now();
  if ((await ask()) !== 'passed') throw new Error(`It does not pass without any mutant: see \`npm ${script}\`.`);
  return Math.max(TIMEOUT_MIN_MS, times * (performance.now() - from));
}

async function killerOf({ folder }: ProjectCopy, { tests }: Mutant, timeouts: Timeouts): Promise<Killer> {
  const byTests = await askTests(folder, tests, timeouts.tests);
  if (byTests !== 'passed') return byTests === 'failed' ? 'tests' : 'time';
  const bySimulations = await askSimulations(folder, timeouts.simulations);
  if (bySimulations !== 'passed') return bySimulations === 'failed' ? 'simulations' : 'time';
  return null;
}

function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`There is no mutant '${name}': --list lists them.`);
  return mutant;
}

const program = new Command('npm run mutants --')
  .description('Puts one wrong behaviour after another into a copy of the program, and tells which of them the tests do not notice.')
  .argument('[name...]', 'these mutants alone')
  .option('--list', 'list their names')
  .option('--json', 'one document on standard output');
program.parse();
try {
  await main(program.args, program.opts<Flags>());
} catch (error) {
  const sentence = error instanceof Error ? error.message : String(error);
  say(sentence);
  if (program.opts<Flags>().json === true) write(JSON.stringify({ ok: false, error: sentence }));
  process.exitCode = 1;
}
