import type { Command } from 'commander';
import process from 'node:process';
import { ConfigSchema, loadConfig, publishedSchema } from '../config.js';

/** `serac config check` and `serac config schema`. */
export function configCommand(program: Command): void {
  const config = program.command('config').description('looks at the configuration');
  config
    .command('check')
    .description('reads the configuration as `serac run` would, and says what is wrong or what holds')
    .option('-c, --config <file>', 'YAML file; default ./serac.yaml if there is one')
    .option('--json', 'print {"ok":true,"config":{...}}')
    .action((flags: { readonly config?: string; readonly json?: true }) => {
      const loaded = loadConfig(flags.config, process.env);
      if (flags.json) process.stdout.write(`${JSON.stringify({ ok: true, config: loaded })}\n`);
      else process.stdout.write(`The configuration is valid. It says:\n${JSON.stringify(loaded, null, 2)}\n`);
    });
  config
    .command('schema')
    .description('prints the JSON schema of serac.yaml')
    .action(() => {
      process.stdout.write(`${JSON.stringify(publishedSchema(ConfigSchema), null, 2)}\n`);
    });
}
