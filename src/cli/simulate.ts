import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { Command } from 'commander';
import { SeracError } from '../errors.js';
import type { FaultPlan } from '../simulator/faults/fault-plan.js';
import { parseFaultPlan } from '../simulator/faults/parse-fault-plan.js';
import { madeUpSymbols } from '../simulator/market/modelled-symbols.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/start-simulator.js';
import { venueNames } from '../simulator/venues.js';
import { reasonOf } from '../system-error.js';
import { write } from './support/answer.js';
import { examples } from './support/read-flags.js';

/** The options as given on the command line. */
interface SimulateFlags {
  readonly venue?: string;
  readonly port: string;
  readonly seed?: string;
  readonly rate?: string;
  readonly symbols?: string;
  readonly steady?: true;
  readonly capture?: string;
  readonly speed?: string;
  readonly faults?: string;
  readonly ledger?: true;
  readonly json?: true;
}

const SEED_MAX = 0xffff_ffff;
const SYMBOLS_MAX = 10_000;
const VENUES = venueNames.join(', ');

/** `serac simulate`: a simulated exchange on a local port, until a signal. */
export function simulateCommand(program: Command): void {
  program
    .command('simulate')
    .summary('runs a simulated exchange on this machine')
    .description('runs a simulated exchange on a port of this machine, until Ctrl-C')
    .option('--venue <venue>', `the exchange to simulate: ${VENUES}`)
    .option('--port <port>', 'the port to listen on, 0 for any free one', '0')
    .option('--seed <number>', 'seed of the market: the same seed makes the same trades; default: random')
    .option('--rate <number>', 'trades per second, averaged over minutes')
    .option('--symbols <number>', 'number of generated binance markets, all with the same activity, instead of the five default ones')
    .option('--steady', 'constant rate of trades, without bursts and lulls')
    .option('--capture <file>', 'replay a capture of binance (<receive_time_ns> <json> lines, gzip or plain) instead of a random market')
    .option('--speed <factor>', 'of the capture: 1 is its own pace, max as quickly as it is read')
    .option('--faults <file>', 'a YAML file that says what goes wrong, and when')
    .option('--ledger', 'serve what was really traded under /_ledger/')
    .option('--json', 'print the addresses as one JSON document')
    .addHelpText(
      'after',
      examples(['simulate --venue binance --port 9443 --rate 500', 'for a daemon whose venues.binance names this port']),
    )
    .action((flags: SimulateFlags) => simulate(flags));
}

async function simulate(flags: SimulateFlags): Promise<void> {
  const options = readFlags(flags);
  const simulator = await start(options);
  const { port, wsUrl, restUrl } = simulator;
  const address = flags.json
    ? JSON.stringify({ ok: true, port, ws: wsUrl, rest: restUrl, seed: options.seed })
    : `Simulating ${options.venue} (seed ${options.seed}): ${wsUrl} and ${restUrl}. Stop with Ctrl-C.`;
  await write(`${address}\n`);
  await interrupted();
  await simulator.stop();
}

function readFlags(flags: SimulateFlags): SimulatorOptions {
  if (flags.venue === undefined) throw new SeracError('usage', `--venue is missing: name the exchange to simulate (${VENUES}).`);
  const venue = venueNames.find((name) => name === flags.venue);
  if (venue === undefined) throw new SeracError('usage', `--venue: "${flags.venue}" cannot be simulated; these can: ${VENUES}.`);
  if (flags.capture !== undefined && venue !== 'binance')
    throw new SeracError('usage', '--capture: only captures of binance can be replayed.');
  if (flags.capture === undefined && flags.speed !== undefined) throw new SeracError('usage', '--speed is for a --capture.');
  if (flags.capture !== undefined && flags.rate !== undefined) throw new SeracError('usage', '--rate is not for a --capture: use --speed.');
  if (flags.symbols !== undefined) positive('--symbols', flags.symbols);
  if (flags.symbols !== undefined && (flags.capture !== undefined || venue !== 'binance'))
    throw new SeracError('usage', '--symbols: only the random market of binance can have made-up markets.');
  if (flags.capture !== undefined && !existsSync(flags.capture)) {
    throw new SeracError('usage', `--capture: there is no file ${flags.capture}.`);
  }
  const seed = flags.seed === undefined ? randomInt(SEED_MAX) : integer('--seed', flags.seed, SEED_MAX);
  return {
    venue,
    port: integer('--port', flags.port, 65_535),
    seed,
    steady: flags.steady ?? false,
    ledger: flags.ledger ?? false,
    ...(flags.rate === undefined ? {} : { rate: positive('--rate', flags.rate) }),
    ...(flags.symbols === undefined ? {} : { symbols: madeUpSymbols(integer('--symbols', flags.symbols, SYMBOLS_MAX)) }),
    ...(flags.faults === undefined ? {} : { faults: readFaults(flags.faults, seed) }),
    ...(flags.capture === undefined ? {} : { capture: flags.capture }),
    ...(flags.speed === undefined ? {} : { speed: flags.speed === 'max' ? Infinity : positive('--speed', flags.speed) }),
  };
}

function readFaults(file: string, seed: number): FaultPlan {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SeracError('input.unreadable', `--faults: ${file} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  try {
    return parseFaultPlan(text, seed);
  } catch (cause) {
    // The message of the YAML parser has several lines.
    const [why = ''] = reasonOf(cause).split('\n');
    throw new SeracError('input.invalid', `--faults: ${file}: ${why}`, { cause });
  }
}

async function start(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
    if (taken) throw new SeracError('usage', `--port: ${options.port ?? 0} cannot be listened on (${reasonOf(error)}).`, { cause: error });
    if (options.capture === undefined) throw error;
    throw new SeracError('input.unreadable', `The capture ${options.capture} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function integer(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new SeracError('usage', `${name}: "${text}" is not a whole number from 0 to ${max}.`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new SeracError('usage', `${name}: "${text}" is not a number above 0.`);
}

/** Resolves at a signal to stop. */
async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
