import type { BenchTable } from '../harness/contender.js';
import { RecordingMarkets } from '../inputs/recording-markets.js';

const MANY = 1_000;
const RATE = 150_000;
/** 1.3 times the cost is 1 / 1.3 of the work. */
const RATIO_MIN = 0.77;

/** What a market costs beside its trades. */
export const symbolsTable: BenchTable = {
  name: 'symbols',
  title: 'Many markets on one daemon',
  about: [
    'The daemon itself (serac run) records the simulator of Binance into a new embedded store, and its CPU time is taken over 2.5 seconds a round:',
    'with one market, and with 1,000 on ten connections that are all traded alike, at the same rate of trades altogether; who is not measured is paused.',
    'A run counts only where the simulator, which keeps the limits of the venue, refused nothing and every trade was acknowledged once. Each market makes',
    'a candle a second whatever its rate, and each block has a trade or a few of each: so a trade costs more with many markets, and the more so the',
    'fewer there are. The rate is the most that the simulator gives beside the daemon and the store on two cores.',
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 5,
  warmups: 0,
  targets: [{ contender: nameOf(MANY), figure: 'ratio', atLeast: RATIO_MIN }],
  async prepare() {
    const opened: RecordingMarkets[] = [];
    for (const markets of [1, MANY]) opened.push(await RecordingMarkets.open({ markets, rate: RATE }));
    return {
      contenders: [1, MANY].map((markets, index) => ({
        name: nameOf(markets),
        ...(markets === 1 ? {} : { against: nameOf(1) }),
        run: () => opened[index]!.measure(),
      })),
      async close() {
        for (const each of opened) await each.close();
      },
    };
  },
};

function nameOf(markets: number): string {
  return `${markets.toLocaleString('en')} ${markets === 1 ? 'market' : 'markets'}, ${RATE.toLocaleString('en')}/s`;
}
