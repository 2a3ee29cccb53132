import process from 'node:process';
import type { Command } from 'commander';
import { setFlagsFromString } from 'v8';
import { loadConfig } from '../config/load-config.js';
import { removeDaemonRecord, writeDaemonRecord } from '../daemon/daemon-record.js';
import { Daemon } from '../daemon/daemon.js';
import { nodeWorld } from '../daemon/node-world.js';
import { assertMayRun, assertPortFree, descriptorsNeeded } from '../daemon/preflight.js';
import { descriptorLimit } from '../descriptor-limit.js';
import { messageOf } from '../errors.js';
import { createLogger } from '../logger.js';
import { write } from './support/answer.js';
import { assertNoDemo } from './support/demo-record.js';
import { entryOf } from './support/open-data.js';
import { examples, readWhole } from './support/read-flags.js';
import { untilSignal } from './support/signals.js';

/** `serac run`: the daemon, until a signal. */
export function runCommand(program: Command): void {
  program
    .command('run')
    .summary('records the configured markets, serves candles')
    .description('records the configured markets and serves their candles')
    .option('-c, --config <file>', 'configuration file; default ./serac.yaml if it exists')
    .option('--data <dir>', 'data folder; default: the configured one')
    .option('--port <port>', 'port of the API; default: the configured one')
    .addHelpText(
      'after',
      examples(
        ['run', 'uses ./serac.yaml if it exists, otherwise records two markets of binance'],
        ['run -c serac.yaml --data /var/lib/serac', 'uses another configuration and data folder'],
      ),
    )
    .action(async (flags: { readonly config?: string; readonly data?: string; readonly port?: string }) => {
      letHeapDouble();
      const api = flags.port === undefined ? {} : { api: { port: readWhole('--port', flags.port, 0, 65_535) } };
      const readConfig = () => loadConfig(flags.config, process.env, { ...(flags.data === undefined ? {} : { data: flags.data }), ...api });
      const config = readConfig();
      assertMayRun(config, process.env);
      assertNoDemo(config.data);
      await assertPortFree(config.api);
      const logger = createLogger(config.log.level);
      const [files, needed] = [descriptorLimit(), descriptorsNeeded(config)];
      if (files < needed) logger.warn({ limit: files, needed }, `few files may be open: raise the limit with ulimit -n ${needed}`);
      const daemon = new Daemon(nodeWorld(config, { logger, environment: process.env, entry: entryOf(process.argv) }), config);
      daemon.start();
      const stopping = untilSignal(daemon, (signal) => logger.info({ signal }, 'stopping; a second signal stops at once'));
      const reload = async (): Promise<void> => {
        try {
          await daemon.running;
          await daemon.reload(readConfig());
        } catch (error) {
          logger.error({ signal: 'SIGHUP', error: messageOf(error) }, 'the new configuration was rejected: the old one stays in effect');
        }
      };
      process.on('SIGHUP', () => void reload());
      try {
        await daemon.running;
      } catch (error) {
        await daemon.stop();
        throw error;
      }
      if (daemon.address !== null) {
        writeDaemonRecord(config.data, daemon.address);
        logger.info({ address: daemon.address, feeds: config.feeds.length, data: config.data }, 'recording');
        await write(`Serac is recording ${config.feeds.length} markets; the API is at ${daemon.address}. Stop with Ctrl-C.\n`);
      }
      const { exitCode, reason } = await daemon.ended;
      stopping.dispose();
      removeDaemonRecord(config.data);
      if (reason !== '') logger.error({ reason }, 'ended');
      process.exitCode = exitCode;
    });
}

/**
 * Lets the heap double before a full collection. V8 decides by how fast it was filled recently: with a thousand markets it allowed half as
 * much again, minus the space for new objects, so that a full collection ran every three to eight seconds instead of every twenty (50 ns a
 * trade at 150,000 a second, measured); with a few markets up to four times.
 */
export function letHeapDouble(): void {
  setFlagsFromString('--heap-growing-percent=100');
}
