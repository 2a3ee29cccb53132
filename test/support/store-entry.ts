import { Command } from 'commander';
import { storeCommand } from '../../src/cli/store.js';

/** The command line with the one command that the store's tests need, so that they do not depend on the others. */
const program = new Command('serac');
storeCommand(program);
try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
}
