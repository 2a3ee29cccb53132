import type { BenchTable, Contender, Target } from '../harness/contender.js';
import { WARM_UP_SECONDS } from '../inputs/latencies.js';
import { LoadSource } from '../inputs/load-source.js';

const SYMBOLS = 4;
const SECONDS = 2;
const RATES = [1_000, 50_000, 200_000] as const;

/** From the moment at which a trade is to be sent to the candle with it. */
export const latencyTable: BenchTable = {
  name: 'latency',
  title: 'Tick to candle',
  about: [
    `A generator process sends trades of four symbols at a fixed rate for ${SECONDS} s, after ${WARM_UP_SECONDS} s that do not count, in ticks of a millisecond, while Serac stores what it takes in the embedded store. A`,
    'latency runs from the time at which the tick was due, not from that at which it left, to the moment at which the forming candle with the trade',
    'can be read in memory: a stall of the generator, the socket or the recorder counts for every trade that waits meanwhile. us, by HDR histogram.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 5,
  warmups: 0,
  targets: [...atMost(50_000, { 'p50 us': 200, 'p99 us': 3_000, 'p99.9 us': 10_000 }), ...atMost(200_000, { 'p99 us': 10_000 })],
  async prepare() {
    const sources = await Promise.all(
      RATES.map((rate) => LoadSource.open({ trades: rate * (WARM_UP_SECONDS + SECONDS), symbols: SYMBOLS, marketRate: rate })),
    );
    return {
      contenders: RATES.map((rate, index) => contender(rate, sources[index]!)),
      async close() {
        for (const source of sources) await source.close();
      },
    };
  },
};

function contender(rate: number, source: LoadSource): Contender {
  return {
    name: nameOf(rate),
    async run() {
      const { recorded, ...run } = await source.record('serac', rate);
      const { p50, p90, p99, p999, max } = recorded.latency!;
      return { ...run, details: { 'p50 us': p50, 'p90 us': p90, 'p99 us': p99, 'p99.9 us': p999, 'max us': max } };
    },
  };
}

function atMost(rate: number, bounds: Readonly<Record<string, number>>): Target[] {
  return Object.entries(bounds).map(([detail, most]) => ({ contender: nameOf(rate), figure: { detail }, atMost: most }));
}

function nameOf(rate: number): string {
  return `serac, ${rate.toLocaleString('en')}/s`;
}
