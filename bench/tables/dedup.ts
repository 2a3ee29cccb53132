import { Subject } from 'rxjs';
import type { TradeBlock } from '../../src/domain/trade-block.js';
import type { Decoded } from '../../src/exchanges/venue.js';
import { dedup } from '../../src/streams/dedup.js';
import { MarketState } from '../../src/streams/market-state.js';
import type { BenchTable, Contender } from '../harness/contender.js';
import { measure } from '../harness/measure.js';
import { asDecoded } from '../inputs/as-decoded.js';
import { copyBlock, rowsOf } from '../inputs/copy-rows.js';
import { decodedBlocks } from '../inputs/decoded-blocks.js';
import { withDisorder } from '../inputs/disorder.js';
import { seenKeys } from '../naive/seen-keys.js';

const ROWS = 65_536;
const SYMBOLS = 4;
/** A run has to last some milliseconds. */
const PASSES = 6;

/** Exact dedup by id, and what is missing. */
export const dedupTable: BenchTable = {
  name: 'dedup',
  title: 'Dedup and gap check: columns without repeats',
  about: [
    'Blocks of ready columns, four symbols, through src/streams/dedup.ts: each id once, and the holes known. Once in order; once with one trade in a',
    'hundred coming again and one in a hundred coming late, where columns are moved together and holes opened and closed. The naive way has ready',
    `objects, a Set of texts and the last id of each symbol, over the same ${ROWS.toLocaleString('en')} trades: its memory grows with every trade, the intervals' with holes.`,
  ],
  unit: 'trade',
  basis: 'cpu',
  rounds: 5,
  warmups: 1,
  targets: [],
  prepare() {
    const inOrder = decodedBlocks(ROWS, SYMBOLS);
    return { contenders: [...pair('in order', inOrder), ...pair('repeats and disorder', withDisorder(inOrder))] };
  },
};

function pair(input: string, blocks: readonly TradeBlock[]): Contender[] {
  const naive = `Set of texts, ${input}`;
  const serac = `serac, ${input}`;
  const ready = rowsOf(blocks).map(([block, row]) => ({ symbol: block.symbols.nameOf(block.symbol[row]!), id: block.id[row]! }));
  return [
    {
      name: naive,
      run: () =>
        measure(naive, ready.length, () => {
          const result = seenKeys(ready);
          if (result.kept !== ROWS) throw new Error(`${result.kept} of ${ROWS} trades were kept`);
          return result;
        }),
    },
    {
      name: serac,
      against: naive,
      // Repeats are taken out of a block in place, so that each pass needs blocks of its own.
      run: () => {
        let passes: Decoded[][] = [];
        const before = (): void => {
          passes = Array.from({ length: PASSES }, () => blocks.map((block) => asDecoded(copyBlock(block))));
        };
        return measure(serac, ready.length * PASSES, () => passes.map(keepNew), before);
      },
    },
  ];
}

function keepNew(blocks: readonly Decoded[]): MarketState {
  const { symbols } = blocks[0]!.trades;
  const state = new MarketState(symbols);
  const decoded$ = new Subject<Decoded>();
  let kept = 0;
  decoded$.pipe(dedup(state)).subscribe(({ trades }) => (kept += trades.length));
  for (const block of blocks) decoded$.next(block);
  const holes = state.all().flatMap(({ coverage }) => coverage.seen.holes());
  if (kept !== ROWS || holes.length > 0) throw new Error(`${kept} of ${ROWS} trades were kept, with ${holes.length} holes`);
  return state;
}
