import type { BenchTable } from '../harness/contender.js';
import { MARKET_RATE } from '../inputs/frame-texts.js';
import { LoadSource } from '../inputs/load-source.js';

const TRADES = 2_500_000;
/** A tenth. */
const NAIVE_TRADES = 250_000;
const SYMBOLS = 4;

const [NAIVE, SERAC] = ['JSON.parse a message', 'serac'];

/** Sockets to candles in memory. */
export const socketsTable: BenchTable = {
  name: 'sockets',
  title: 'Sockets to candles',
  about: [
    'A generator process sends messages made ahead over one WebSocket on loopback, four symbols, as fast as they are read, on the other core.',
    'Serac takes them through ws, with the frames of a busy chunk found beside it, frame blocks and the pipeline to candles of all eight intervals,',
    'which stay in memory. The naive way: a message event each, JSON.parse, and one float candle of each symbol and interval.',
  ],
  unit: 'trade',
  basis: 'wall',
  rounds: 5,
  warmups: 0,
  targets: [{ contender: SERAC, figure: 'perSecond', atLeast: 1_400_000 }],
  async prepare() {
    const [few, all] = await Promise.all([open(NAIVE_TRADES), open(TRADES)]);
    return {
      contenders: [
        { name: NAIVE, run: () => few.record('naive-candles') },
        { name: SERAC, against: NAIVE, run: () => all.record('candles') },
      ],
      async close() {
        await few.close();
        await all.close();
      },
    };
  },
};

const open = (trades: number): Promise<LoadSource> => LoadSource.open({ trades, symbols: SYMBOLS, marketRate: MARKET_RATE });
