import process from 'node:process';
import type { Command } from 'commander';
import { ConfigSchema, loadConfig, publishedSchema } from '../config/load-config.js';
import { assertMayRun } from '../daemon/preflight.js';
import { SeracError } from '../errors.js';
import { write, writeJson } from './support/answer.js';
import { type Check, checkMarkets, checkVenues } from './support/check-venues.js';
import { assertNoDemo } from './support/demo-record.js';
import { examples } from './support/read-flags.js';

/** `serac config check` and `serac config schema`. */
export function configCommand(program: Command): void {
  const config = program
    .command('config')
    .summary('checks the configuration, prints its schema')
    .description('checks the configuration, or prints its schema');
  config
    .command('check')
    .description('reads the configuration as `serac run` does, and prints what is wrong with it, or the effective values')
    .option('-c, --config <file>', 'configuration file; default ./serac.yaml if it exists')
    .option('--online', 'also check that the venues can be reached and list the markets')
    .option('--json', 'print {"ok":true,"config":{...}}')
    .addHelpText(
      'after',
      examples(
        ['config check', 'prints the configuration that `serac run` would use'],
        ['config check --online', 'also checks that the venues list its markets'],
        ['config check -c /etc/serac.yaml --json', 'for a script'],
      ),
    )
    .action(async (flags: { readonly config?: string; readonly online?: true; readonly json?: true }) => {
      const loaded = loadConfig(flags.config, process.env);
      assertMayRun(loaded, process.env);
      assertNoDemo(loaded.data);
      const checks: Check[] = [];
      if (flags.online === true) {
        checks.push(...(await checkVenues(loaded, process.env)), ...(await checkMarkets(loaded, process.env)));
        const wrong = checks.filter(({ ok }) => ok === false);
        if (wrong.length > 0) throw new SeracError('config.invalid', wrong.map(({ name, detail }) => `${name}: ${detail}.`).join(' '));
      }
      const shown = withoutCredentials(loaded);
      if (flags.json) await writeJson({ ok: true, config: shown, ...(flags.online === true ? { checks } : {}) });
      else {
        await write(`The configuration is valid:\n${JSON.stringify(shown, null, 2)}\n`);
        if (flags.online === true)
          await write(`The venues answered:\n${checks.map(({ name, detail }) => `${name}: ${detail}\n`).join('')}`);
      }
    });
  config
    .command('schema')
    .description('prints the JSON schema of serac.yaml')
    .action(async () => {
      await write(`${JSON.stringify(publishedSchema(ConfigSchema), null, 2)}\n`);
    });
}

/** The same, without the user and password that an address may hold: of the server, of a proxy. */
function withoutCredentials<T>(config: T): T {
  const text = JSON.stringify(config, (_name, value: unknown) =>
    typeof value === 'string' ? value.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1[secret]@') : value,
  );
  return JSON.parse(text) as T;
}
