import { Command, CommanderError } from 'commander';
import process from 'node:process';
import { messageOf, SeracError } from './errors.js';
import { VERSION } from './version.js';

type Register = (program: Command) => void;

/** One file per command. Only the one that is called is loaded, so that the store's child starts without the API's libraries. */
const COMMANDS: Record<string, () => Promise<Register>> = {
  replay: async () => (await import('./cli/replay.js')).replayCommand,
  candles: async () => (await import('./cli/candles.js')).candlesCommand,
  trades: async () => (await import('./cli/trades.js')).tradesCommand,
  demo: async () => (await import('./cli/demo.js')).demoCommand,
  run: async () => (await import('./cli/run.js')).runCommand,
  record: async () => (await import('./cli/record.js')).recordCommand,
  gaps: async () => (await import('./cli/gaps.js')).gapsCommand,
  backfill: async () => (await import('./cli/backfill.js')).backfillCommand,
  feeds: async () => (await import('./cli/feeds.js')).feedsCommand,
  doctor: async () => (await import('./cli/doctor.js')).doctorCommand,
  verify: async () => (await import('./cli/verify.js')).verifyCommand,
  config: async () => (await import('./cli/config.js')).configCommand,
  simulate: async () => (await import('./cli/simulate.js')).simulateCommand,
  store: async () => (await import('./cli/store.js')).storeCommand,
};

/** Exit codes: 0 well, 1 it failed, 2 the call was wrong. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) closes the pipe: that is its right, and the end of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const program = new Command('serac')
    .description('Records trades from exchanges and serves exact candles.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)');
  const called = COMMANDS[argv[2] ?? ''];
  for (const load of called === undefined ? Object.values(COMMANDS) : [called]) (await load())(program);
  for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for the options)');
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    process.exitCode = exitCodeOf(thrown);
  }
  // A command that returned is done: nothing that still waits somewhere (a ban, an idle connection) may keep the process.
  await new Promise((written) => process.stdout.write('', written));
  process.exit();
}

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  process.stderr.write(`serac: ${messageOf(thrown)}\n`);
  if (!(thrown instanceof SeracError) && thrown instanceof Error && thrown.stack !== undefined) process.stderr.write(`${thrown.stack}\n`);
  return thrown instanceof SeracError && (thrown.code === 'usage' || thrown.code === 'config.invalid') ? 2 : 1;
}
