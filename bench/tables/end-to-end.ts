import type { BenchTable, Contender } from '../harness/contender.js';
import { MARKET_RATE } from '../inputs/frame-texts.js';
import { LoadSource } from '../inputs/load-source.js';

const TRADES = 10_000_000;
const NAIVE_TRADES = 250_000;
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
    'stored exactly once and every candle be the fold of its trades. The naive way, on a fortieth of the input: JSON.parse per message, an object per',
    'row, JSONEachRow inserts, one float candle per symbol in memory.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 5,
  warmups: 0,
  targets: [
    { contender: SERAC, figure: 'perSecond', atLeast: 700_000 },
    { contender: SERAC, figure: 'ratio', atLeast: 6 },
  ],
  async prepare() {
    const [few, all] = await Promise.all([open(NAIVE_TRADES), open(TRADES)]);
    const contenders: Contender[] = [
      { name: NAIVE, run: () => few.record('naive') },
      { name: SERAC, against: NAIVE, run: () => all.record('serac') },
    ];
    return {
      contenders,
      async close() {
        await few.close();
        await all.close();
      },
    };
  },
};

const open = (trades: number): Promise<LoadSource> => LoadSource.open({ trades, symbols: SYMBOLS, marketRate: MARKET_RATE });
