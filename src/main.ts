import { Command, CommanderError } from 'commander';
import process from 'node:process';
import { hasAnswered, writeJson } from './cli/support/answer.js';
import { examples } from './cli/support/read-flags.js';
import { loadError } from './descriptor-limit.js';
import { messageOf, SeracError } from './errors.js';
import { reasonOf, systemError } from './system-error.js';
import { VERSION } from './version.js';

type Register = (program: Command) => void;

/**
 * One file per command, in the order in which a user meets them. Only the one that is called is loaded, so that the store's child
 * starts without the API's libraries.
 */
const COMMANDS = new Map<string, () => Promise<Register>>([
  ['demo', async () => (await import('./cli/demo.js')).demoCommand],
  ['run', async () => (await import('./cli/run.js')).runCommand],
  ['doctor', async () => (await import('./cli/doctor.js')).doctorCommand],
  ['config', async () => (await import('./cli/config.js')).configCommand],
  ['candles', async () => (await import('./cli/candles.js')).candlesCommand],
  ['trades', async () => (await import('./cli/trades.js')).tradesCommand],
  ['gaps', async () => (await import('./cli/gaps.js')).gapsCommand],
  ['feeds', async () => (await import('./cli/feeds.js')).feedsCommand],
  ['sinks', async () => (await import('./cli/sinks.js')).sinksCommand],
  ['verify', async () => (await import('./cli/verify.js')).verifyCommand],
  ['backfill', async () => (await import('./cli/backfill.js')).backfillCommand],
  ['record', async () => (await import('./cli/record.js')).recordCommand],
  ['replay', async () => (await import('./cli/replay.js')).replayCommand],
  ['simulate', async () => (await import('./cli/simulate.js')).simulateCommand],
  ['store', async () => (await import('./cli/store.js')).storeCommand],
]);

const EXAMPLES = examples(
  ['demo', 'records a simulated exchange: no set-up needed'],
  ['run', 'records the markets in ./serac.yaml'],
  ['candles binance:BTC-USDT 1m', 'prints stored candles as a table'],
  ['trades binance:BTC-USDT --format csv', 'prints stored trades for other programs'],
  ['run --help', 'explains a command'],
);

/** Exit codes: 0 well, 1 it failed, 2 the call was wrong. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) closes the pipe: that is its right, and the end of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`serac: Cannot write the output: ${reasonOf(error)}.\n`);
    process.exit(1);
  });
  // Whatever reads the log has gone: what it would have been told is lost, and the work is not.
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (error) => void fail(error, argv).finally(() => process.exit()));
  const program = new Command('serac')
    .description('Records trades from exchanges and serves exact candles.')
    .version(VERSION, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ subcommandTerm: termOf, subcommandDescription: (command) => command.summary() || command.description() })
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', EXAMPLES);
  const called = COMMANDS.get(argv[2] ?? '');
  try {
    for (const load of called === undefined ? COMMANDS.values() : [called]) (await load())(program);
    await program.parseAsync([...argv]);
  } catch (thrown) {
    await fail(thrown, argv);
  }
  // A command that returned is done: nothing that still waits somewhere (a ban, an idle connection) may keep the process.
  await new Promise((written) => process.stdout.write('', written));
  process.exit();
}

/** A command and its arguments; that it has options goes without saying. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...args].join(' ');
}

/** Says what failed: a sentence for people, with --json the command's one document too; a stack only of what is a fault of ours. */
async function fail(thrown: unknown, argv: readonly string[]): Promise<void> {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
  // Should what follows fail too, it was no success either.
  process.exitCode = 1;
  const isUsage = thrown instanceof CommanderError;
  const error = isUsage
    ? new SeracError('usage', thrown.message.replace(/^error: /, '').replace(/\n[^]*/, ''))
    : (systemError(thrown) ?? loadError(thrown) ?? (await errorOfStore(thrown)));
  if (error?.code === 'usage' || error?.code === 'config.invalid') process.exitCode = 2;
  // What is wrong with a call commander has said already.
  if (!isUsage) process.stderr.write(`serac: ${messageOf(error ?? thrown)}\n`);
  if (error === undefined && thrown instanceof Error && thrown.stack !== undefined) process.stderr.write(`${thrown.stack}\n`);
  if (wantsJson(argv) && !hasAnswered()) {
    await writeJson({ ok: false, error: { code: error?.code ?? 'internal', message: messageOf(error ?? thrown) } });
  }
}

/** What the store failed with; undefined for anything else, and where no file can be opened to find that out. */
async function errorOfStore(thrown: unknown): Promise<SeracError | undefined> {
  return await import('./store/damaged-parts.js').then(
    ({ storeError }) => storeError(thrown),
    () => undefined,
  );
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some((word, at) => word === '--json' || word === '--format=json' || (word === '--format' && argv[at + 1] === 'json'));
}
