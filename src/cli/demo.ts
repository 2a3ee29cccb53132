import { randomInt } from 'node:crypto';
import process from 'node:process';
import type { Command } from 'commander';
import { assertPortFree } from '../daemon/preflight.js';
import { SeracError } from '../errors.js';
import { startSimulator } from '../simulator/start-simulator.js';
import { DEFAULT_DATABASE } from '../store/connect-clickhouse.js';
import { makeDataFolder } from '../store/data-folder.js';
import { storeOf } from '../store/folder-marker.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../store/temporary-folder.js';
import { write, writeJson } from './support/answer.js';
import { DemoRecord } from './support/demo-record.js';
import { DEMO_HOST, runDemo, type DemoSummary } from './support/demo-run.js';
import { examples, readWhole } from './support/read-flags.js';

interface DemoFlags {
  readonly seconds?: string;
  readonly seed?: string;
  readonly rate?: string;
  readonly data?: string;
  readonly continue?: true;
  readonly port?: string;
  readonly json?: true;
}

const DEFAULT_PORT = 8_080;
const DEFAULT_RATE = 200;

/** `serac demo`: a simulated exchange, the daemon on it, and at the end a comparison of what was sent with what is stored. */
export function demoCommand(program: Command): void {
  program
    .command('demo')
    .summary('records a simulated exchange: no set-up needed')
    .description('records a simulated exchange: no server and no network needed')
    .option('--seconds <n>', 'record for so many seconds, compare with what the exchange sent, and exit; default: until Ctrl-C')
    .option('--seed <n>', 'seed of the simulated market; default: random')
    .option('--rate <n>', `trades per second; default ${DEFAULT_RATE}`)
    .option('--data <dir>', 'data folder to keep; default: a temporary one, removed at the end')
    .option('--continue', 'continue the demo in the data folder, with its seed and rate')
    .option('--port <port>', `port of the API; default ${DEFAULT_PORT}, or a free one if that is in use`)
    .option('--json', 'print one JSON document at the end')
    .addHelpText(
      'after',
      examples(
        ['demo', 'runs until Ctrl-C, with its API on http://127.0.0.1:8080'],
        ['demo --seconds 10', 'runs for ten seconds and proves that nothing is missing'],
        ['demo --data demo-data', 'keeps the recorded data'],
        ['demo --data demo-data --continue', 'continues that demo'],
      ),
    )
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const seconds = flags.seconds === undefined ? undefined : readWhole('--seconds', flags.seconds, 1, 86_400);
  const wishes = {
    continue: flags.continue === true,
    seed: flags.seed === undefined ? undefined : readWhole('--seed', flags.seed, 0, 2 ** 32 - 1),
    rate: flags.rate === undefined ? undefined : readWhole('--rate', flags.rate, 1, 1_000_000),
  };
  if (wishes.continue && flags.data === undefined)
    throw new SeracError('usage', '--continue needs the data folder of the demo: name it with --data.');
  const port = flags.port === undefined ? await defaultPort() : readWhole('--port', flags.port, 0, 65_535);
  await assertPortFree({ host: DEMO_HOST, port });
  const market = DemoRecord.open(flags.data ?? null, wishes, { seed: randomInt(2 ** 31), rate: DEFAULT_RATE });
  const simulator = await startSimulator({
    venue: 'binance',
    seed: market.seed,
    rate: market.rate,
    past: market.past,
    clock: market.clock,
  });
  let temporary: TemporaryFolder | undefined;
  try {
    // From here until signals are handled nothing is awaited. A signal in between is held, and handled then: without a listener it would
    // end the process at once, and leave the folder behind.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => undefined);
    temporary = flags.data === undefined ? makeTemporaryFolder('demo') : undefined;
    const data = temporary?.dir ?? makeDataFolder(flags.data!, { store: storeOf({ database: DEFAULT_DATABASE }), madeBy: 'demo' }).dir;
    market.begin();
    const outcome = await runDemo({ simulator, market, data, port, seconds, isContinued: wishes.continue, isJson: flags.json === true });
    if (flags.json) await writeJson(outcome);
    else if ('emitted' in outcome) await write(describe(outcome));
    if (!outcome.ok) process.exitCode = 1;
  } finally {
    market.end(simulator.pause());
    await simulator.stop();
    temporary?.remove();
  }
}

/** The usual port, or any free one if that is in use. */
async function defaultPort(): Promise<number> {
  return await assertPortFree({ host: DEMO_HOST, port: DEFAULT_PORT }).then(
    () => DEFAULT_PORT,
    () => 0,
  );
}

function describe(summary: DemoSummary): string {
  const { ok, emitted, stored, missing, duplicates, candles, candleMismatches, falselyComplete, seed } = summary;
  return [
    `${ok ? 'OK' : 'FAILED'} (seed ${seed}): ${emitted} trades sent, ${stored} stored, ${missing} missing, ${duplicates} duplicates.`,
    `${candles} candles compared with the exchange's ledger: ${candleMismatches} differ, ${falselyComplete} wrongly marked complete.`,
    '',
  ].join('\n');
}
