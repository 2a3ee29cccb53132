import { formatDecimal, SCALE } from '../../domain/decimal.js';
import { eachRun, IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import { INTERVAL_US, openTimeUs } from '../../domain/candle.js';
import type { Fate } from '../../domain/ports/sink.js';
import type { Reject } from '../../domain/reject.js';
import { isRepaired, ORIGINS, SIDES, type TradeBlock } from '../../domain/trade-block.js';
import type { StaleWindow } from '../../streams/candles/stale-windows.js';
import type { MarketState } from '../../streams/market-state.js';

/** Trades of one symbol that are not stored. */
export interface RefusedTrades {
  readonly code: number;
  readonly reason: Fate;
  readonly ids: readonly IdRange[];
  /** Of those the ones whose copy came from REST. */
  readonly repaid: readonly IdRange[];
  /** Event time of the oldest, us. */
  readonly from: number;
  /** Whether they were the newest of the symbol. */
  readonly wereNewest: boolean;
  /** The windows that contain them, at every interval, and those in memory that they proved. */
  readonly windows: readonly StaleWindow[];
}

const SECOND_US = INTERVAL_US[0]!;

/**
 * Takes back trades that the store refused: their ids are missing again, as if never received, and windows that counted them are evicted.
 * Those are recomputed from the stored trades.
 */
export function takeBack(blocks: readonly TradeBlock[], state: MarketState, reason: RefusedTrades['reason']): RefusedTrades[] {
  const ids = idsOf(blocks);
  const repaid = idsOf(blocks.flatMap(repaidBlock));
  const seconds = new Map<number, Set<number>>();
  for (const { symbol, id, eventTime, length } of blocks) {
    for (let row = 0; row < length; row++) {
      let opens = seconds.get(symbol[row]!);
      if (opens === undefined) seconds.set(symbol[row]!, (opens = new Set()));
      opens.add(openTimeUs(eventTime[row]!, SECOND_US));
      state.of(symbol[row]!).coverage.times.takenBack(id[row]!, eventTime[row]!);
    }
  }
  return [...ids].map(([code, runs]) => {
    const { coverage, book } = state.of(code);
    const newest = coverage.seen.last;
    for (const [first, last] of runs.ranges()) coverage.seen.removeRange(first, last);
    const opens = seconds.get(code)!;
    // With them goes what proved the windows beside theirs.
    const windows = [...windowsOf(opens), ...book.falselyProven()];
    book.evict(windows);
    return {
      code,
      reason,
      ids: runs.ranges(),
      repaid: repaid.get(code)?.ranges() ?? [],
      from: Math.min(...opens),
      wereNewest: coverage.seen.last !== newest,
      windows,
    };
  });
}

/** By symbol. */
function idsOf(blocks: readonly TradeBlock[]): ReadonlyMap<number, IdIntervals> {
  const ids = new Map<number, IdIntervals>();
  eachRun(blocks, (code, first, last) => {
    let runs = ids.get(code);
    if (runs === undefined) ids.set(code, (runs = new IdIntervals()));
    runs.addRange(first, last);
  });
  return ids;
}

/** A page of REST is a block of its own, and all of its rows have one origin. */
function repaidBlock(block: TradeBlock): TradeBlock[] {
  return block.length > 0 && isRepaired(block.origin[0]!) ? [block] : [];
}

/** The reject of a trade that the store will not take. Its id is missing: a good copy may come. */
export function refusedReject(block: TradeBlock, row: number, detail: string): Reject {
  const { symbols, connectionId } = block;
  const trade = {
    trade_id: String(block.id[row]!),
    price: formatDecimal(block.price(row), SCALE),
    quantity: formatDecimal(block.quantity(row), SCALE),
    side: SIDES[block.side[row]!],
    event_time_us: block.eventTime[row]!,
    sequence: block.sequence[row]!,
    origin: ORIGINS[block.origin[row]!],
  };
  return {
    ...{ reason: 'refused_by_sink', detail, exchange: symbols.exchange, symbol: symbols.nameOf(block.symbol[row]!), id: block.id[row]! },
    ...{ receiveTime: block.receiveTime[row]!, connectionId, raw: JSON.stringify(trade) },
  };
}

function windowsOf(seconds: ReadonlySet<number>): StaleWindow[] {
  return INTERVAL_US.flatMap((length, level) => {
    const opens = new Set([...seconds].map((second) => openTimeUs(second, length)));
    return [...opens].map((openTime) => ({ level, openTime }));
  });
}
