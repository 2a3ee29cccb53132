import { type Completeness, type Interval, INTERVALS, intervalUs } from '../../../src/domain/candle.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import type { Ledger } from '../../../src/simulator/ledger/ledger.js';
import type { FrameWitness } from './frame-witness.js';
import type { StoredCandle } from './memory-store/candle-table.js';
import type { MemoryTables } from './memory-store/memory-tables.js';
import type { StoredTrade } from './memory-store/trade-table.js';
import { sumTrades, vwapOf, type WindowSums } from './memory-store/window-sums.js';
import type { VenueRun } from './plan.js';
import type { PoisonedIds } from './poisoned-ids.js';
import type { Tally } from './tally.js';
import { differenceOf, trueTrades, type TrueTrade } from './true-trades.js';

const NUMBERS = [
  ...(['count', 'firstId', 'lastId', 'open', 'high', 'low', 'close', 'volume', 'quoteVolume'] as const),
  ...(['takerBuyVolume', 'takerBuyQuoteVolume', 'vwap'] as const),
];
/** What is to be known of an exchange to judge what was recorded of it. */
export interface JudgedExchange {
  readonly run: VenueRun;
  readonly ledger: Ledger;
  readonly witness: FrameWitness;
}

/** Of each kind of mistake in a market. */
const NAMED_MAX = 20;

/**
 * Holds what is stored against what the exchange knows: every trade that is owed, every candle's numbers, and what is said of its
 * completeness. The rule of completeness is written down here a second time, from ids and times and nothing else.
 * @param isRestAway nothing could be repaired: what is missing has to be listed instead
 */
export function judge(
  exchange: JudgedExchange,
  tables: MemoryTables,
  tally: Tally,
  isRestAway: boolean,
  poison: PoisonedIds | null = null,
): void {
  const { run, ledger, witness } = exchange;
  for (const { venueSymbol } of run.markets) {
    const symbol = venueNamed(run.venue).toSymbol(venueSymbol)!;
    const market = `${run.venue} ${symbol}`;
    const known = ledger.find(venueSymbol)!;
    const table = tables.tradesOf(run.venue, symbol);
    const ids = table.idsFrom(0);
    const firstOwed = Math.min(ids[0] ?? Infinity, witness.firstOwed(venueSymbol) ?? Infinity);
    const damaged = witness.spoiled(venueSymbol);
    const spoiled = poison === null ? damaged : { has: (id: number) => damaged.has(id) || poison.isLost(id) };
    const traded = new Map<number, TrueTrade>();
    const missing: number[] = [];
    const different: string[] = [];
    for (const trade of trueTrades(run.venue, known, firstOwed)) {
      traded.set(trade.id, trade);
      const stored = table.byId.get(trade.id);
      if (stored !== undefined) {
        const difference = differenceOf(stored, trade);
        if (difference !== null) different.push(difference);
      } else if (spoiled.has(trade.id)) tally.spoiled += 1;
      else missing.push(trade.id);
    }
    for (const id of ids) if (!traded.has(id)) different.push(`${id} was never traded`);
    tally.emitted += known.emitted.size;
    tally.stored += ids.length;
    tally.redelivered += table.redelivered;
    note(tally.candleMismatches, different, (what) => `${market} trade ${what}`);
    const listed = isRestAway ? tables.gaps.open(run.venue).filter((gap) => gap.symbol === symbol) : [];
    const unlisted = missing.filter((id) => !listed.some((gap) => id >= gap.first && id <= gap.last!));
    tally.listedMissing += missing.length - unlisted.length;
    note(tally.missing, unlisted, (id) => `${market} ${id}`);
    const proof = proofOf(table.byId, ids, damaged);
    for (const interval of INTERVALS) {
      const windows = windowsOf(table.byId.values(), interval);
      const true_ = windowsOf(traded.values(), interval);
      const candles = tables.candlesOf(run.venue, symbol, interval).byOpenTime;
      tally.candles += candles.size;
      const [mismatches, falsely]: [string[], string[]] = [[], []];
      for (const [openTime, candle] of candles) {
        const name = `${market} ${interval} ${new Date(openTime / 1_000).toISOString()} (${candle.state}, ${candle.completeness}, ids ${candle.firstId}..${candle.lastId})`;
        const sums = windows.get(openTime);
        const wrong = sums === undefined ? 'no trade of it is stored' : differenceIn(candle, sums);
        if (wrong !== null) mismatches.push(`${name}: ${wrong}`);
        const isProven = candle.completeness === 'complete' || candle.completeness === 'backfilled';
        if (isProven) tally.proven += 1;
        const truth = true_.get(openTime);
        const lie = !isProven ? null : truth === undefined ? 'nothing was traded' : differenceIn(candle, truth);
        if (lie !== null) falsely.push(`${name}: ${lie}`);
        const proven = proof(candle, openTime, openTime + intervalUs(interval));
        if (!proven.includes(candle.completeness)) (isProven ? falsely : mismatches).push(`${name}: the ids prove ${proven.join(' or ')}`);
      }
      for (const openTime of windows.keys())
        if (!candles.has(openTime))
          mismatches.push(`${market} ${interval} ${new Date(openTime / 1_000).toISOString()}: there is no candle`);
      note(tally.candleMismatches, mismatches, (what) => what);
      note(tally.falselyComplete, falsely, (what) => what);
    }
  }
}

function note<T>(list: string[], found: readonly T[], say: (one: T) => string): void {
  list.push(...found.slice(0, NAMED_MAX).map(say));
  for (let more = NAMED_MAX; more < found.length; more++) list.push('and another');
}

function windowsOf(trades: Iterable<TrueTrade | StoredTrade>, interval: Interval): Map<number, WindowSums> {
  const length = intervalUs(interval);
  const windows = new Map<number, (TrueTrade | StoredTrade)[]>();
  for (const trade of trades) {
    const open = trade.time - (trade.time % length);
    const window = windows.get(open);
    if (window === undefined) windows.set(open, [trade]);
    else window.push(trade);
  }
  return new Map([...windows].map(([open, within]) => [open, sumTrades(within)!]));
}

/** In what a candle differs from what trades add up to; null: in nothing. */
function differenceIn(candle: StoredCandle, sums: WindowSums): string | null {
  const right = { ...sums, vwap: vwapOf(sums) };
  const wrong = NUMBERS.filter((name) => candle[name] !== right[name]);
  return wrong.length === 0 ? null : wrong.map((name) => `${name} is ${candle[name]} and should be ${right[name]}`).join(', ');
}

/** What stored ids prove of a candle. An id that was refused may be known to have been traded, or not: both are right then. */
function proofOf(trades: ReadonlyMap<number, StoredTrade>, ids: readonly number[], spoiled: ReadonlySet<number>) {
  const runEnd = new Map<number, number>();
  for (let at = ids.length - 1; at >= 0; at--) runEnd.set(ids[at]!, runEnd.get(ids[at]! + 1) ?? ids[at]!);
  const newest = ids.at(-1);
  return ({ firstId, lastId }: StoredCandle, openTime: number, closeTime: number): readonly Completeness[] => {
    const end = runEnd.get(firstId) ?? -1;
    // A trade that is out of order bounds no window: the next one that does is looked for.
    let before = firstId - 1;
    while ((trades.get(before)?.time ?? -1) >= openTime) before -= 1;
    let after = lastId + 1;
    while ((trades.get(after)?.time ?? Infinity) < closeTime) after += 1;
    const isRefused = [...spoiled].some((id) => id >= before && id <= after);
    if (end < lastId || !trades.has(before)) return ['gap'];
    // Where nothing follows, a gap that was repaired is not known to be none before the next trade comes: its row outranks doubt.
    if (end < after) return newest === end ? ['gap', 'unproven'] : ['gap'];
    let isRepaired = false;
    for (let id = firstId; id <= lastId && !isRepaired; id++) isRepaired = trades.get(id)!.repaired;
    const proven = isRepaired ? 'backfilled' : 'complete';
    return isRefused ? ['gap', proven] : [proven];
  };
}
