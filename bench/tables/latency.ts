import type { BenchTable, Contender, Run, Target } from '../harness/contender.js';
import { RUN_SECONDS, WARM_UP_SECONDS } from '../inputs/latencies.js';
import { LoadSource } from '../inputs/load-source.js';

const SYMBOLS = 4;
const ROUNDS = 5;
const SECONDS = WARM_UP_SECONDS + ROUNDS * RUN_SECONDS;
const RATES = [1_000, 50_000, 200_000] as const;

/** From the moment at which a trade is to be sent to the candle with it. */
export const latencyTable: BenchTable = {
  name: 'latency',
  title: 'Tick to candle',
  about: [
    `A generator process sends trades of four symbols at a fixed rate, in ticks of a millisecond, while Serac stores what it takes in the embedded`,
    `store. One process takes each rate: its first ${WARM_UP_SECONDS} s do not count, and then each ${RUN_SECONDS} s are a run, without a pause between them. A`,
    'latency runs from the time at which the tick was due, not from that at which it left, to the moment at which the forming candle with the trade',
    'can be read in memory: a stall of the generator, the socket or the recorder counts for every trade that waits meanwhile. us, by HDR histogram.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: ROUNDS,
  warmups: 0,
  targets: [...atMost(50_000, { 'p50 us': 200, 'p99 us': 3_000, 'p99.9 us': 10_000 }), ...atMost(200_000, { 'p99 us': 10_000 })],
  async prepare() {
    const sources = await Promise.all(RATES.map((rate) => LoadSource.open({ trades: rate * SECONDS, symbols: SYMBOLS, marketRate: rate })));
    return {
      contenders: RATES.map((rate, index) => contender(rate, sources[index]!)),
      async close() {
        for (const source of sources) await source.close();
      },
    };
  },
};

/** All its runs are made with the first. */
function contender(rate: number, source: LoadSource): Contender {
  let runs: Run[] = [];
  return {
    name: nameOf(rate),
    async run() {
      if (runs.length === 0) runs = await record(rate, source);
      return runs.shift()!;
    },
  };
}

async function record(rate: number, source: LoadSource): Promise<Run[]> {
  const { recorded, wallMs, cpuMs } = await source.record('serac', rate);
  const share = RUN_SECONDS / SECONDS;
  return recorded.latencies!.map(({ p50, p90, p99, p999, max }) => ({
    ...{ units: rate * RUN_SECONDS, wallMs: wallMs * share, cpuMs: cpuMs * share },
    details: { 'p50 us': p50, 'p90 us': p90, 'p99 us': p99, 'p99.9 us': p999, 'max us': max },
  }));
}

function atMost(rate: number, bounds: Readonly<Record<string, number>>): Target[] {
  return Object.entries(bounds).map(([detail, most]) => ({ contender: nameOf(rate), figure: { detail }, atMost: most }));
}

function nameOf(rate: number): string {
  return `serac, ${rate.toLocaleString('en')}/s`;
}
