import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchTable, Contender, Run } from '../harness/contender.js';
import { processCpuMs } from '../harness/process-cpu.js';
import { sentMarkets, type SentMarket } from '../inputs/load-chunks.js';
import type { Recorded, RecordOrder } from '../inputs/recorded.js';

const TRADES = 2_000_000;
const NAIVE_TRADES = 200_000;
const SYMBOLS = 4;

const [NAIVE, SERAC] = ['JSON.parse and JSONEachRow', 'serac'];

/** Sockets to acknowledged rows. */
export const endToEndTable: BenchTable = {
  name: 'end-to-end',
  title: 'End to end: sockets to acknowledged rows',
  about: [
    'A generator process sends messages made ahead over one WebSocket on loopback, four symbols, as fast as they are read. The recorder takes them',
    'through ws, frame blocks, the pipeline and the sink into a new embedded store: all columns, candles of all eight intervals. Time runs from the',
    'open socket to the last acknowledgement, the final drain included, on the same cores as generator and store. After each run every trade must be',
    'stored exactly once and every candle be the fold of its trades. The naive way, on a tenth of the input: JSON.parse per message, an object per',
    'row, JSONEachRow inserts, one float candle per symbol in memory.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 5,
  warmups: 0,
  targets: [{ contender: SERAC, figure: 'perSecond', atLeast: 300_000 }],
  async prepare() {
    const generator = start('load-generator', [String(TRADES), String(SYMBOLS)]);
    const [{ port }] = (await once(generator, 'message')) as [{ port: number }];
    const source = { pid: generator.pid ?? 0, url: `ws://127.0.0.1:${port}/` };
    return {
      contenders: [
        contender(NAIVE, 'naive', source, NAIVE_TRADES, sentMarkets(NAIVE_TRADES, SYMBOLS).map(byVenueSymbol)),
        { ...contender(SERAC, 'serac', source, TRADES, sentMarkets(TRADES, SYMBOLS)), against: NAIVE },
      ],
      async close() {
        generator.disconnect();
        await once(generator, 'exit');
      },
    };
  },
};

/** The naive program knows no canonical names. */
const byVenueSymbol = (market: SentMarket): SentMarket => ({ ...market, symbol: market.symbol.replace('-', '') });

function contender(
  name: string,
  way: RecordOrder['way'],
  source: { readonly pid: number; readonly url: string },
  trades: number,
  markets: readonly SentMarket[],
): Contender {
  return {
    name,
    async run(): Promise<Run> {
      const generatorCpu = processCpuMs(source.pid);
      const order: RecordOrder = { way, url: source.url, trades, markets };
      const recorder = start('record-load', [JSON.stringify(order)]);
      const ended = once(recorder, 'exit').then(() => undefined);
      const answer = once(recorder, 'message').then(([message]) => message as Recorded);
      const recorded = await Promise.race([answer, ended]);
      if (recorded === undefined) throw new Error(`${name}: the recorder ended without an answer`);
      await ended;
      if (recorded.faults.length > 0) throw new Error(`${name}: ${recorded.faults.join('; ')}`);
      const generatorMs = processCpuMs(source.pid) - generatorCpu;
      const cpuMs = recorded.daemonCpuMs + recorded.storeCpuMs + generatorMs;
      const nsPerTrade = (ms: number): number => (ms * 1e6) / trades;
      return {
        units: trades,
        wallMs: recorded.wallMs,
        cpuMs,
        details: {
          'recorder CPU ns': nsPerTrade(recorded.daemonCpuMs),
          'store CPU ns': nsPerTrade(recorded.storeCpuMs),
          'generator CPU ns': nsPerTrade(generatorMs),
          'cores busy with other work': Math.max(0, recorded.machineMs - cpuMs) / recorded.wallMs,
          ...(recorded.candles > 0 ? { candles: recorded.candles } : {}),
        },
      };
    },
  };
}

function start(program: 'load-generator' | 'record-load', args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`../${program}.ts`, import.meta.url)), args, { execArgv: ['--import', 'tsx'] });
}
