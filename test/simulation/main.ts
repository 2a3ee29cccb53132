import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { venueNames, type VenueName } from '../../src/simulator/venues.js';
import type { Plan } from '../support/simulation/plan.js';
import { randomPlan } from '../support/simulation/random-plan.js';
import { runPlan } from '../support/simulation/run-plan.js';
import { shrink, sizeOf } from '../support/simulation/shrink.js';
import { Report } from './report.js';
import { day } from './scenarios/day.js';
import { disconnects } from './scenarios/disconnects.js';
import { restRefused } from './scenarios/rest-refused.js';
import type { Scenario } from './scenarios/scenario.js';
import { selfCheck } from './scenarios/self-check.js';
import { runOnSockets } from './sockets/run-on-sockets.js';

const SEEDS_DEFAULT = 20;
const SEEDS_MAX = 100_000;
/** Runs that go through real sockets and the embedded store too. */
const SOCKET_RUNS = 10;
const DISCONNECTS = 10_000;

const scenarios: readonly Scenario[] = [day, disconnects(DISCONNECTS), restRefused, selfCheck];

interface Flags {
  readonly seeds?: number;
  readonly seed?: number;
  readonly venue?: VenueName;
  readonly scenario?: string;
  readonly plan?: string;
  readonly shrink?: true;
  /** True: on sockets alone; false: not on sockets; else as it is usual. */
  readonly sockets?: boolean;
  readonly json?: true;
  readonly log: string;
}

/** What a person has to type to see a seed fail again. */
function replayOf(seed: number, onSockets: boolean, { venue, scenario }: Flags): string {
  const parts = [`--seed ${seed}`, ...(venue === undefined ? [] : [`--venue ${venue}`])];
  if (scenario !== undefined) parts.push(`--scenario ${scenario}`);
  if (onSockets) parts.push('--sockets');
  return `npm run sim -- ${parts.join(' ')}`;
}

async function main(flags: Flags): Promise<boolean> {
  const { venue, log: logLevel } = flags;
  const report = new Report(flags.json === true, (seed, onSockets) => replayOf(seed, onSockets, flags));
  if (flags.plan !== undefined) {
    const plan = JSON.parse(readFileSync(flags.plan, 'utf8')) as Plan;
    report.add(plan.seed, await runPlan(plan, { logLevel }));
    return report.end();
  }
  const base = flags.seed ?? randomInt(2 ** 31);
  if (flags.scenario !== undefined) {
    const scenario = scenarios.find(({ name }) => name === flags.scenario)!;
    report.say(`${scenario.name}: ${scenario.about}; seed ${base}`);
    report.add(base, await scenario.run(base, venue));
    return report.end();
  }
  if (flags.shrink === true) return await shrinkSeed(base, flags, report);
  const count = flags.seed === undefined ? (flags.seeds ?? SEEDS_DEFAULT) : 1;
  report.begin(base, count);
  if (flags.sockets !== true)
    for (let seed = base; seed < base + count; seed++) report.add(seed, await runPlan(randomPlan(seed, venue), { logLevel }));
  const usual = flags.seed === undefined ? Math.min(SOCKET_RUNS, count) : 0;
  const onSockets = flags.sockets === undefined ? usual : flags.sockets ? count : 0;
  if (onSockets > 0) {
    report.say(`${onSockets === 1 ? 'the first seed' : `the first ${onSockets} seeds`}, shorter, through sockets and the embedded store`);
    const seeds = Array.from({ length: onSockets }, (_, at) => base + at);
    await runOnSockets(seeds, venue, (seed, result) => report.add(seed, result, true));
  }
  return report.end();
}

async function shrinkSeed(seed: number, { venue }: Flags, report: Report): Promise<boolean> {
  const plan = randomPlan(seed, venue);
  const fails = async (smaller: Plan): Promise<boolean> => (await runPlan(smaller)).wrong.length > 0;
  const result = await runPlan(plan);
  if (result.wrong.length === 0) {
    report.say(`seed ${seed} does not fail`);
    report.add(seed, result);
    return report.end();
  }
  const least = await shrink(plan, fails, (smaller) => report.say(`still fails with ${sizeOf(smaller)} of ${sizeOf(plan)} pieces`));
  report.add(seed, await runPlan(least));
  report.say('the least plan that fails; --plan FILE runs it:');
  report.say(JSON.stringify(least));
  return report.end();
}

function whole(max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > max) throw new InvalidArgumentError(`It is a whole number up to ${max}.`);
    return value;
  };
}

const program = new Command('npm run sim --')
  .description(
    'Records simulated exchanges on a virtual clock, with faults, kills and storms drawn by lot, and holds what is stored against what was traded.',
  )
  .option('--seeds <n>', `runs, each of the next seed (default ${SEEDS_DEFAULT})`, whole(SEEDS_MAX))
  .addOption(new Option('--seed <s>', 'exactly this one run').argParser(whole(Number.MAX_SAFE_INTEGER)).conflicts('seeds'))
  .addOption(new Option('--venue <v>', 'this venue alone').choices(venueNames))
  .addOption(new Option('--scenario <name>', 'a named run instead').choices(scenarios.map(({ name }) => name)).conflicts('seeds'))
  .addOption(new Option('--plan <file>', 'the plan in a file instead').conflicts(['seeds', 'seed', 'scenario']))
  .option('--shrink', 'leave out of a failing seed what can be left out')
  .option('--sockets', 'all runs, shorter, through real sockets and the embedded store')
  .option('--no-sockets', `no such runs; else the first ${SOCKET_RUNS} seeds are run so too`)
  .option('--log <level>', "the daemons' own log, on standard error", 'silent')
  .option('--json', 'one document on standard output');
program.parse();
process.exitCode = (await main(program.opts<Flags>())) ? 0 : 1;
