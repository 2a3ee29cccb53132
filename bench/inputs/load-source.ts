import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Run } from '../harness/contender.js';
import { processCpuMs } from '../harness/process-cpu.js';
import type { LoadSpec, SentMarket } from './load-tape.js';
import type { Recorded, RecordOrder } from './recorded.js';

/** A load generator in a process of its own. */
export class LoadSource {
  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
    /** What one lap of its tape holds. */
    readonly markets: readonly SentMarket[],
    readonly spec: LoadSpec,
  ) {}

  static async open(spec: LoadSpec): Promise<LoadSource> {
    const generator = start('load-generator', [JSON.stringify(spec)]);
    const [{ port, markets }] = (await once(generator, 'message')) as [{ port: number; markets: SentMarket[] }];
    return new LoadSource(generator, `ws://127.0.0.1:${port}/`, markets, spec);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Has a process of its own record the whole tape. @throws where it found a fault */
  async record(way: RecordOrder['way'], rate?: number): Promise<Run & { readonly recorded: Recorded }> {
    const { trades } = this.spec;
    const generatorCpu = processCpuMs(this.pid);
    // A program that is told of no canonical names stores the venue's.
    const markets = way === 'naive' ? this.markets.map((market) => ({ ...market, symbol: market.symbol.replace('-', '') })) : this.markets;
    const order: RecordOrder = { way, url: this.url, trades, markets, ...(rate === undefined ? {} : { rate }) };
    const recorder = start('record-load', [JSON.stringify(order)]);
    const ended = once(recorder, 'exit').then(() => undefined);
    const answer = once(recorder, 'message').then(([message]) => message as Recorded);
    const recorded = await Promise.race([answer, ended]);
    if (recorded === undefined) throw new Error(`${way}: the recorder ended without an answer`);
    await ended;
    if (recorded.faults.length > 0) throw new Error(`${way}: ${recorded.faults.join('; ')}`);
    const generatorMs = processCpuMs(this.pid) - generatorCpu;
    const cpuMs = recorded.daemonCpuMs + recorded.storeCpuMs + generatorMs;
    const nsPerTrade = (ms: number): number => (ms * 1e6) / trades;
    return {
      ...{ units: trades, wallMs: recorded.wallMs, cpuMs, recorded },
      details: {
        'recorder CPU ns': nsPerTrade(recorded.daemonCpuMs),
        ...(recorded.storeCpuMs > 0 ? { 'store CPU ns': nsPerTrade(recorded.storeCpuMs) } : {}),
        'generator CPU ns': nsPerTrade(generatorMs),
        'cores busy with other work': Math.max(0, recorded.machineMs - cpuMs) / recorded.wallMs,
        ...(recorded.candles > 0 ? { candles: recorded.candles } : {}),
      },
    };
  }

  /** Halts a load that has no end; gives what was sent. */
  async stop(): Promise<readonly SentMarket[]> {
    const answer = once(this.process, 'message');
    this.process.send('stop');
    return ((await answer) as [SentMarket[]])[0];
  }

  async close(): Promise<void> {
    this.process.disconnect();
    await once(this.process, 'exit');
  }
}

function start(program: 'load-generator' | 'record-load', args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`../${program}.ts`, import.meta.url)), args, { execArgv: ['--import', 'tsx'] });
}
