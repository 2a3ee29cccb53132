import type { BenchTable, Contender } from '../harness/contender.js';
import { recordMarkets } from '../inputs/record-markets.js';

const MANY = 1_000;
/** What a trade costs shows where there are many; at lower rates what a market costs by itself shows too. */
const [BUSY, QUIET] = [100_000, 20_000];
/** 1.3 times the cost is 1 / 1.3 of the work. */
const RATIO_MIN = 0.77;

/** What a market costs beside its trades. */
export const symbolsTable: BenchTable = {
  name: 'symbols',
  title: 'Many markets on one daemon',
  about: [
    'The daemon itself (serac run) records the simulator of Binance into a new embedded store, and its CPU time is taken over six seconds: with one',
    'market, and with 1,000 on ten connections that are all traded alike, at the same rate of trades altogether. A run counts only where the simulator,',
    'which keeps the limits of the venue, refused nothing and every trade was acknowledged once. Each market makes a candle a second whatever its',
    'rate, and a trade in a thousand markets finds nothing of its market in the cache: so a trade costs more, and the more so the fewer there are.',
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 3,
  warmups: 0,
  targets: [{ contender: nameOf(MANY, BUSY), figure: 'ratio', atLeast: RATIO_MIN }],
  prepare: () => ({ contenders: [...pair(BUSY), ...pair(QUIET)] }),
};

function pair(rate: number): Contender[] {
  const one = nameOf(1, rate);
  return [
    { name: one, run: () => recordMarkets({ markets: 1, rate }) },
    { name: nameOf(MANY, rate), against: one, run: () => recordMarkets({ markets: MANY, rate }) },
  ];
}

function nameOf(markets: number, rate: number): string {
  return `${markets.toLocaleString('en')} ${markets === 1 ? 'market' : 'markets'}, ${rate.toLocaleString('en')}/s`;
}
