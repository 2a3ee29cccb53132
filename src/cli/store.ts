import type { Command } from 'commander';
import { messageOf, SeracError } from '../errors.js';
import { DEFAULT_DATABASE } from '../store/connect-clickhouse.js';
import { embedded, makeDataFolder } from '../store/data-folder.js';
import { storeOf } from '../store/folder-marker.js';
import { launchStore } from '../store/launch-store.js';
import { lowerPriority, runStore } from '../store/server/run-store.js';
import type { StoreMessage } from '../store/store-message.js';
import { write, writeJson } from './support/answer.js';
import { examples } from './support/read-flags.js';

interface StoreFlags {
  readonly data: string;
  readonly port: string;
  readonly allowHost?: readonly string[];
  readonly child?: boolean;
  readonly json?: boolean;
}

/** `serac store`: the embedded ClickHouse, behind ClickHouse's own HTTP interface on loopback. */
export function storeCommand(program: Command): void {
  program
    .command('store')
    .summary('runs the embedded store without a daemon')
    .description("runs only the embedded store of a data folder, behind ClickHouse's HTTP interface on 127.0.0.1")
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--port <port>', 'port to listen on, 0 for any free one', '8123')
    .option('--allow-host <host...>', 'allowed values of the Host header besides loopback, for a tunnel')
    .option('--child', 'stop when standard input closes (for a parent process)')
    .option('--json', 'print one JSON document instead of text')
    .addHelpText('after', examples(['store --data serac-data --port 8123', 'for ClickHouse clients, without a daemon']))
    .action(async (flags: StoreFlags) => {
      if (flags.child === true) await serve(flags);
      else await supervise(flags);
    });
}

/** The store's process itself. Its parent reads one line: ready, or why not. */
async function serve(flags: StoreFlags): Promise<void> {
  try {
    lowerPriority();
  } catch (error) {
    process.stderr.write(`Cannot lower the priority of the store process, so it may delay the recording of trades: ${messageOf(error)}\n`);
  }
  try {
    await runStore({
      dataDir: flags.data,
      port: portOf(flags),
      allowedHosts: flags.allowHost ?? [],
      lifeLine: process.stdin,
      onReady: say,
    });
  } catch (error) {
    const code = error instanceof SeracError ? error.code : 'internal';
    say({ error: { code, message: messageOf(error) } });
    process.exit(1);
  }
}

/**
 * For interactive use. The engine runs in a child even here: it needs more threads than node's default, which is fixed when a process
 * starts, and it may crash natively.
 */
async function supervise(flags: StoreFlags): Promise<void> {
  embedded(makeDataFolder(flags.data, { store: storeOf({ database: DEFAULT_DATABASE }), madeBy: 'store' }));
  const store = await launchStore({
    dataDir: flags.data,
    port: portOf(flags),
    allowedHosts: flags.allowHost ?? [],
    entry: [...process.execArgv, process.argv[1]!],
    onLog: (line) => process.stderr.write(`${line}\n`),
  });
  const stop = (): void => void store.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { url, port, pid, username, secretFile } = store;
  if (flags.json === true) await writeJson({ ok: true, url, port, pid, username, secretFile });
  else {
    await write(`The store of ${flags.data} is listening at ${url} (process ${pid}).\n`);
    await write(
      `User ${username}, password in ${secretFile}. Try: curl -u "${username}:$(cat ${secretFile})" '${url}/?query=SHOW+DATABASES'\n`,
    );
  }
  const { code, signal } = await store.exited;
  process.off('SIGTERM', stop);
  process.off('SIGINT', stop);
  if (code !== 0)
    throw new SeracError('store.unavailable', `The store ended unexpectedly (${signal ?? `exit code ${code ?? 'unknown'}`}).`);
}

function portOf(flags: StoreFlags): number {
  const port = Number(flags.port);
  if (flags.port.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SeracError('usage', `--port ${JSON.stringify(flags.port)} is not a port: use 0 to 65535.`);
  }
  return port;
}

function say(message: StoreMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
